# A 404.
# status: 404
from zato.common.exception import NotFound
from zato.server.service import Service


class Missing(Service):
    name = 'corpus.not_found'

    def handle(self):
        raise NotFound(self.cid, 'no such order')
