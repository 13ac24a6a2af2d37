# A connection by its name; a transaction that is committed.
# answer: {"names": ["Ada"]}
from contextlib import closing

from zato.server.service import Service


class Writes(Service):
    name = 'corpus.sql_get'

    def handle(self):
        with closing(self.outgoing.sql.get('Shop').session()) as session:
            session.execute('create table if not exists people (name varchar(10))')
            session.execute('delete from people')
            session.execute('insert into people values (:name)', {'name': 'Ada'})
            session.commit()
            self.response.payload = {'names': [row[0] for row in session.execute('select name from people')]}
