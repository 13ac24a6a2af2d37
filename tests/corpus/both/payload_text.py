# Answers with a text.
# answer: plain words
from zato.server.service import Service


class Words(Service):
    name = 'corpus.payload_text'

    def handle(self):
        self.response.payload = 'plain words'
