# The certificate of a client: none came.
# channel: {"security": "Certificate"}
# status: 401
from zato.server.service import Service


class Refused(Service):
    name = 'corpus.mtls_refused'

    def handle(self):
        self.response.payload = {'by': self.channel.security.name}
