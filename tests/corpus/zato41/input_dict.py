# Without a declaration the input is the body.
# send: {"city": "Oslo"}
# answer: {"city": "Oslo"}
from zato.server.service import Service


class Body(Service):
    name = 'corpus.input_dict'

    def handle(self):
        self.response.payload = {'city': self.request.input.city}
