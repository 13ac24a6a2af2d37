# A model as the input.
# send: {"order_id": "17", "city": "Rome"}
# answer: {"order_id": 17, "city": "Rome"}
from zato.server.service import Model, Service, dataclass


@dataclass(init=False)
class Order(Model):
    order_id: int
    city: str


class Orders(Service):
    name = 'corpus.model_input'

    input = Order

    def handle(self):
        order = self.request.input
        self.response.payload = {'order_id': order.order_id, 'city': order.city}
