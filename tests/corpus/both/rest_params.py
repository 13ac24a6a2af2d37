# Sends JSON with a query string beside it.
# answer: {"query": {"dry": "1"}}
from zato.server.service import Service


class Post(Service):
    name = 'corpus.rest_params'

    def handle(self):
        conn = self.out.rest['Backend'].conn
        self.response.payload = {'query': conn.post(self.cid, {}, params={'dry': 1}).data['query']}
