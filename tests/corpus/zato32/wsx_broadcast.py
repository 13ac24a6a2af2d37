# Messages that clients of a WebSocket channel get by themselves.
# answer: {"clients": 0}
from zato.server.service import Service


class Tells(Service):
    name = 'corpus.wsx_broadcast'

    def handle(self):
        channel = self.wsx.channel['Orders']
        channel.broadcast({'state': 'sold out'})
        self.response.payload = {'clients': len(channel.clients)}
