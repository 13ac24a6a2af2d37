# Dicts of an input whose keys are named.
# send: {"home": {"street": "Main", "floor": 2}, "rows": [{"sku": "a", "x": 1}]}
# answer: {"home": {"street": "Main", "city": ""}, "rows": [{"sku": "a"}]}
from zato.server.service import Dict, DictList, Service


class Order(Service):
    name = 'corpus.input_dict_keys'

    input = Dict('home', 'street', '-city'), DictList('rows', 'sku')

    def handle(self):
        self.response.payload = {'home': self.request.input.home, 'rows': self.request.input.rows}
