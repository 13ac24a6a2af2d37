# Statuses that 3.2 has no answer for end in 500.
# status: 500
from zato.common.exception import Conflict
from zato.server.service import Service


class Fails(Service):
    name = 'corpus.conflict'

    def handle(self):
        raise Conflict(self.cid, 'there is one')
