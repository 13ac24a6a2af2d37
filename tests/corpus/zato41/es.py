# ElasticSearch.
# answer: {"found": 1}
from zato.server.service import Service


class Finds(Service):
    name = 'corpus.es'

    def handle(self):
        self.response.payload = {'found': self.es['Shop'].search(index='orders')['hits']['total']['value']}
