# A 400 with words.
# status: 400
from zato.common.exception import BadRequest
from zato.server.service import Service


class Refuses(Service):
    name = 'corpus.bad_request'

    def handle(self):
        raise BadRequest(self.cid, 'no name given', needs_msg=True)
