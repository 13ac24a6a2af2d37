# A language model.
# answer: {"text": "Heard Good morning"}
from zato.server.service import Service


class Asks(Service):
    name = 'corpus.llm'

    def handle(self):
        found = self.llm['Model'].invoke('Good morning')
        self.response.payload = {'text': found['text']}
