# A session, and a row with names.
# answer: {"total": 3}
from contextlib import closing

from zato.server.service import Service


class Reads(Service):
    name = 'corpus.sql_session_row'

    def handle(self):
        with closing(self.out.sql.get('Shop').session()) as session:
            row = session.execute('select 3 as total').fetchone()
            self.response.payload = {'total': row.total}
