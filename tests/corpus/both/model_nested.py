# Models in models, and lists of them.
# send: {"address": {"street": "Via 1"}, "items": [{"sku": "a"}, {"sku": "b"}]}
# answer: {"street": "Via 1", "skus": ["a", "b"]}
from zato.common.typing_ import list_
from zato.server.service import Model, Service, dataclass


@dataclass(init=False)
class Address(Model):
    street: str


@dataclass(init=False)
class Item(Model):
    sku: str


@dataclass(init=False)
class Order(Model):
    address: Address
    items: list_[Item]


class Orders(Service):
    name = 'corpus.model_nested'

    input = Order

    def handle(self):
        order = self.request.input
        self.response.payload = {'street': order.address.street, 'skus': [item.sku for item in order.items]}
