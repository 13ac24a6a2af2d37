# Rows by a slice.
# answer: [{"n": 1}, {"n": 2}]
from zato.server.service import Service


class Rows(Service):
    name = 'corpus.output_rows'

    output = ('n',)

    def handle(self):
        self.response.payload[:] = [{'n': 1, 'other': 2}, {'n': 2}]
