# Sends a header of its own.
# answer: {"tenant": "green"}
from zato.server.service import Service


class Headers(Service):
    name = 'corpus.rest_headers'

    def handle(self):
        answer = self.out.rest['Backend'].conn.get(self.cid, headers={'X-Tenant': 'green'})
        self.response.payload = {'tenant': answer.data['tenant']}
