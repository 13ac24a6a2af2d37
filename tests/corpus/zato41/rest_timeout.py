# A backend that does not answer in time is a bad request of whoever called.
# status: 400
from zato.server.service import Service


class Calls(Service):
    name = 'corpus.rest_timeout'

    def handle(self):
        self.out.rest['Silent'].conn.get(self.cid)
