# Calls a REST connection; the dict is the query string.
# answer: {"method": "GET", "query": {"id": "5"}}
from zato.server.service import Service


class Get(Service):
    name = 'corpus.rest_get'

    def handle(self):
        answer = self.out.rest['Backend'].conn.get(self.cid, {'id': 5})
        self.response.payload = {'method': answer.data['method'], 'query': answer.data['query']}
