# The older name of REST connections.
# answer: {"method": "GET"}
from zato.server.service import Service


class Old(Service):
    name = 'corpus.plain_http'

    def handle(self):
        answer = self.outgoing.plain_http['Backend'].conn.get(self.cid)
        self.response.payload = {'method': answer.data['method']}
