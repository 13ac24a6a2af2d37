# Connections by get.
# answer: {"method": "GET"}
from zato.server.service import Service


class ByGet(Service):
    name = 'corpus.rest_get_name'

    def handle(self):
        self.response.payload = {'method': self.out.rest.get('Backend').conn.get(self.cid).data['method']}
