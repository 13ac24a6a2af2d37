# What a model misses is named with its path.
# send: {"address": {}}
# status: 400
from zato.server.service import Model, Service, dataclass


@dataclass(init=False)
class Address(Model):
    street: str


@dataclass(init=False)
class Order(Model):
    address: Address


class Orders(Service):
    name = 'corpus.model_missing'

    input = Order

    def handle(self):
        self.response.payload = 'never'
