# Models that are made by their fields.
# send: {"number": "5", "more": {"number": 6}}
# answer: {"number": 6, "names": ["x"], "more": null}
from dataclasses import dataclass, field

from zato.common.typing_ import optional, strlist
from zato.server.service import Model, Service


@dataclass
class Order(Model):
    number: int
    names: strlist = field(default_factory=lambda: ['x'])
    more: optional['Order'] = None


class Makes(Service):
    name = 'corpus.model_init'

    input = Order
    output = Order

    def handle(self):
        self.response.payload = Order(number=self.request.input.more.number)
