# The certificate of a client, as the TLS proxy tells of it.
# channel: {"security": "Certificate"}
# header: X-Zato-TLS-Commonname: shop
# answer: {"by": "Certificate"}
from zato.server.service import Service


class Certified(Service):
    name = 'corpus.tls_channel'

    def handle(self):
        self.response.payload = {'by': self.channel.security.name}
