# Reads rows in a session.
# answer: {"total": 3}
from contextlib import closing
from sqlalchemy import text

from zato.server.service import Service


class Reads(Service):
    name = 'corpus.sql_session'

    def handle(self):
        with closing(self.out.sql['Shop'].session()) as session:
            rows = session.execute(text('select 1 + :n as total'), {'n': 2})
            self.response.payload = {'total': rows.fetchone().total}
