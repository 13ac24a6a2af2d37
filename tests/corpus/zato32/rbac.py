# Roles: whoever has one that may read.
# channel: {"sec_use_rbac": true}
# method: GET
# header: X-Zato-TLS-Commonname: shop
# answer: {"by": "Certificate"}
from zato.server.service import Service


class Report(Service):
    name = 'corpus.rbac'

    def handle(self):
        self.response.payload = {'by': self.channel.security.name}
