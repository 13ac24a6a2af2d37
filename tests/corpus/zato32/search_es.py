# ElasticSearch.
# answer: {"found": 1}
from zato.server.service import Service


class Finds(Service):
    name = 'corpus.search_es'

    def handle(self):
        conn = self.search.es.get('Shop').conn
        self.response.payload = {'found': conn.search(index='orders')['hits']['total']['value']}
