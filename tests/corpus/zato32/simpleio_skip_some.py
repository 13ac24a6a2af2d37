# Some empty keys are left out, numbers are not.
# answer: {"response": [{"b": "", "n": 0}]}
from zato.server.service import Int, Service


class Skips(Service):
    name = 'corpus.simpleio_skip_some'

    class SimpleIO:
        output_optional = ('a', 'b', Int('n'))
        skip_empty_keys = True
        force_empty_keys = ('b',)
        output_repeated = True

    def handle(self):
        self.response.payload.append({'a': '', 'b': '', 'n': 0})
