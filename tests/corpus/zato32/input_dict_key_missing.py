# A key that a dict of an input must have.
# send: {"home": {"city": "Rome"}}
# status: 500
from zato.server.service import Dict, Service


class Order(Service):
    name = 'corpus.input_dict_key_missing'

    input = Dict('home', 'street', '-city')

    def handle(self):
        self.response.payload = {'home': self.request.input.home}
