# ZeroMQ.
from zato.server.service import Service


class Sends(Service):
    name = 'corpus.zmq'

    def handle(self):
        self.out.zmq.send('x', 'Bus')
