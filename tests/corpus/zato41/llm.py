# A language model.
from zato.server.service import Service


class Asks(Service):
    name = 'corpus.llm'

    def handle(self):
        self.response.payload = self.llm['Model'].invoke('Good morning')
