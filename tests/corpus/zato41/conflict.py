# Exceptions of other statuses end a call with these.
# status: 409
from zato.common.exception import Conflict
from zato.server.service import Service


class Fails(Service):
    name = 'corpus.conflict'

    def handle(self):
        raise Conflict(self.cid, 'there is one')
