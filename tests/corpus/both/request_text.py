# The body as a text.
# send: {"a": 1}
# answer: {"text": "{\"a\": 1}"}
from zato.server.service import Service


class Text(Service):
    name = 'corpus.request_text'

    def handle(self):
        self.response.payload = {'text': self.request.text}
