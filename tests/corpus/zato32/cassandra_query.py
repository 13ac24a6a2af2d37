# Cassandra, by a query of the definitions.
# answer: {"ids": [7]}
from zato.server.service import Service


class Customers(Service):
    name = 'corpus.cassandra_query'

    def handle(self):
        conn = self.cassandra_conn.get('Shop').conn
        conn.execute('CREATE TABLE IF NOT EXISTS corpus_customers (id int PRIMARY KEY, name text)')
        conn.execute(conn.prepare('INSERT INTO corpus_customers (id, name) VALUES (?, ?)'), (7, 'Ada'))
        query = self.cassandra_query['Find customers']
        self.response.payload = {'ids': [row['id'] for row in query.execute(cust_name='Ada')]}
