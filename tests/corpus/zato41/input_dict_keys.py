# Dicts of an input come as they are, whatever keys are named.
# send: {"home": {"floor": 2}}
# answer: {"home": {"floor": 2}}
from zato.server.service import Dict, Service


class Order(Service):
    name = 'corpus.input_dict_keys'

    input = Dict('home', 'street', '-city')

    def handle(self):
        self.response.payload = {'home': self.request.input.home}
