# Logs what it gets and gives.
# send: {"a": 1}
# answer: {"b": 2}
from zato.server.service import Service


class Logs(Service):
    name = 'corpus.log_input'

    def handle(self):
        self.log_input('got')
        self.response.payload = {'b': 2}
        self.log_output('gave')
