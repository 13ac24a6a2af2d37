# Text in a format of its own.
# sees: Content-Type: text/csv
# answer: a,b
from zato.server.service import Service


class Csv(Service):
    name = 'corpus.content_type'

    def handle(self):
        self.response.content_type = 'text/csv'
        self.response.payload = 'a,b'
