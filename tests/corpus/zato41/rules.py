# Rules.
from zato.server.service import Service


class Decides(Service):
    name = 'corpus.rules'

    def handle(self):
        self.response.payload = self.rules['discounts'].match({'total': 100}).then
