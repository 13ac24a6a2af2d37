# The correlation id.
# answer: {"has_cid": true}
from zato.server.service import Service


class Cid(Service):
    name = 'corpus.cid'

    def handle(self):
        self.response.payload = {'has_cid': len(self.cid) > 10}
