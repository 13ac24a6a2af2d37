# The exception of backends that fail.
# answer: {"caught": true}
from zato.common.exception import BackendInvocationError
from zato.server.service import Service


class Fails(Service):
    name = 'corpus.backend_error'

    def handle(self):
        try:
            raise BackendInvocationError(self.cid, 'no')
        except BackendInvocationError as error:
            self.response.payload = {'caught': error.status == 400}
