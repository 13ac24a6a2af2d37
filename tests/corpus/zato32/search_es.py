# ElasticSearch.
from zato.server.service import Service


class Finds(Service):
    name = 'corpus.search_es'

    def handle(self):
        conn = self.search.es.get('Shop').conn
        self.response.payload = conn.search(index='orders')
