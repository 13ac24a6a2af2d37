# ElasticSearch.
from zato.server.service import Service


class Finds(Service):
    name = 'corpus.es'

    def handle(self):
        self.response.payload = self.es['Shop'].search(index='orders')
