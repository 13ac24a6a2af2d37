# A backend that does not answer in time.
# answer: {"caught": true}
from zato.common.exception import TimeoutException
from zato.server.service import Service


class Calls(Service):
    name = 'corpus.rest_timeout'

    def handle(self):
        try:
            self.out.rest['Silent'].conn.get(self.cid)
        except TimeoutException as error:
            self.response.payload = {'caught': error.cid == self.cid and isinstance(error, TimeoutError)}
