# A list in the place of a declared output goes out as it is.
# answer: [{"n": 1, "other": 2}, {"other": 3}]
from zato.server.service import Service


class Rows(Service):
    name = 'corpus.output_list'

    output = ('n',)

    def handle(self):
        self.response.payload = [{'n': 1, 'other': 2}, {'other': 3}]
