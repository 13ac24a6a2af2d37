# A model is sent, with a date and a decimal in it, and a model comes back.
# answer: {"type": "Found", "method": "POST", "body": {"sku": "a", "day": "2026-01-02", "price": "1.50"}}
from datetime import date
from decimal import Decimal

from zato.common.typing_ import anydict
from zato.server.service import Model, Service, dataclass


@dataclass(init=False)
class Order(Model):
    sku: str
    day: date
    price: Decimal


@dataclass(init=False)
class Found(Model):
    method: str
    body: anydict


class Sends(Service):
    name = 'corpus.rest_model'

    def handle(self):
        order = Order(sku='a', day=date(2026, 1, 2), price=Decimal('1.50'))
        found = self.out.rest['Backend'].conn.post(self.cid, order, model=Found).data
        self.response.payload = {'type': type(found).__name__, 'method': found.method, 'body': found.body}
