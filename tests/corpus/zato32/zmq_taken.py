# A service of a ZeroMQ channel.
# send: {"id": 2}
# answer: {"id": 2}
from zato.server.service import Service


class Takes(Service):
    name = 'corpus.zmq_taken'

    def handle(self):
        self.response.payload = self.request.payload
