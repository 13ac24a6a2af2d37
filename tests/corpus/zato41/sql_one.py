# One row.
# answer: {"n": 1}
from zato.server.service import Service


class Reads(Service):
    name = 'corpus.sql_one'

    def handle(self):
        self.response.payload = self.out.sql['Shop'].one('select 1 as n')
