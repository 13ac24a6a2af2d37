# The request with dots.
# send: {"customer": {"name": "Eve"}}
# answer: {"name": "Eve"}
from zato.server.service import Service


class Dots(Service):
    name = 'corpus.bunchified'

    def handle(self):
        self.response.payload = {'name': self.request.bunchified().customer.name}
