# A challenge for who is not logged in.
# status: 401
# sees: WWW-Authenticate: Basic realm="orders"
from zato.common.exception import Unauthorized
from zato.server.service import Service


class Refuses(Service):
    name = 'corpus.unauthorized'

    def handle(self):
        raise Unauthorized(self.cid, 'no', 'Basic realm="orders"')
