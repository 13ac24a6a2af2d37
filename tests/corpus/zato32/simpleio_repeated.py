# Rows in the response.
# answer: {"response": [{"n": "1"}, {"n": "2"}]}
from zato.server.service import Service


class Rows(Service):
    name = 'corpus.simpleio_repeated'

    class SimpleIO:
        output_optional = ('n',)
        output_repeated = True

    def handle(self):
        for n in ('1', '2'):
            self.response.payload.append({'n': n})
