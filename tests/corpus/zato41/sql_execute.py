# Rows as dicts.
# answer: [{"n": 2}]
from zato.server.service import Service


class Reads(Service):
    name = 'corpus.sql_execute'

    def handle(self):
        self.response.payload = self.out.sql['Shop'].execute('select :n as n', {'n': 2})
