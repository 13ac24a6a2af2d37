# Roles: nobody has one that may use this service.
# channel: {"sec_use_rbac": true}
# method: GET
# header: X-Zato-TLS-Commonname: shop
# status: 403
from zato.server.service import Service


class Denied(Service):
    name = 'corpus.rbac_denied'

    def handle(self):
        self.response.payload = {'by': self.channel.security.name}
