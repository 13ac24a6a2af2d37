# A backend that is not there.
# answer: {"caught": true}
from zato.common.exception import BackendInvocationError
from zato.server.service import Service


class Calls(Service):
    name = 'corpus.rest_down'

    def handle(self):
        try:
            self.rest['Nobody'].get()
        except BackendInvocationError as error:
            self.response.payload = {'caught': error.cid == self.cid and isinstance(error, ConnectionError)}
