# The channel that it is called through.
# answer: {"channel": "corpus.channel", "type": "http-soap"}
from zato.server.service import Service


class Where(Service):
    name = 'corpus.channel'

    def handle(self):
        self.response.payload = {'channel': self.channel.name, 'type': self.chan.type}
