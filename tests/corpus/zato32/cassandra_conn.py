# Cassandra.
# answer: {"rows": [{"id": 1, "name": "Lyon"}]}
from zato.server.service import Service


class Rows(Service):
    name = 'corpus.cassandra_conn'

    def handle(self):
        conn = self.cassandra_conn['Shop'].conn
        conn.execute('CREATE TABLE IF NOT EXISTS corpus_cities (id int PRIMARY KEY, name text)')
        conn.execute('INSERT INTO corpus_cities (id, name) VALUES (%s, %s)', (1, 'Lyon'))
        self.response.payload = {'rows': list(conn.execute('SELECT id, name FROM corpus_cities'))}
