# Solr.
# answer: {"titles": ["Pears"]}
from zato.server.service import Service


class Finds(Service):
    name = 'corpus.search_solr'

    def handle(self):
        conn = self.search.solr.get('Shop').conn
        conn.add([{'id': '1', 'title': 'Pears'}, {'id': '2', 'title': 'Plums'}])
        self.response.payload = {'titles': [one['title'] for one in conn.search('id:1')]}
