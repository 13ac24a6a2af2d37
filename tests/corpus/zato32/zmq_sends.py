# ZeroMQ.
# answer: {"sent": true}
from zato.server.service import Service


class Sends(Service):
    name = 'corpus.zmq_sends'

    def handle(self):
        self.out.zmq.send('{"id": 1}', 'Bus')
        self.response.payload = {'sent': True}
