# Cassandra.
from zato.server.service import Service


class Rows(Service):
    name = 'corpus.cassandra'

    def handle(self):
        self.response.payload = self.cassandra_conn['Shop'].execute('select 1')
