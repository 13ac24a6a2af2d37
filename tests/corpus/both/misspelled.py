# A misspelling, which the error names.
from zato.server.service import Service


class Misspells(Service):
    name = 'corpus.misspelled'

    def handle(self):
        self.respnse.payload = 'never'
