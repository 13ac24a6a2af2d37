# A 403.
# status: 403
from zato.common.exception import Forbidden
from zato.server.service import Service


class Closed(Service):
    name = 'corpus.forbidden'

    def handle(self):
        raise Forbidden(self.cid, 'not yours')
