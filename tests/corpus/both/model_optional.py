# Fields that may be absent.
# send: {"name": "Ada"}
# answer: {"city": "", "age": 0, "note": "none"}
from zato.common.typing_ import optional, strnone, intnone
from zato.server.service import Model, Service, dataclass


@dataclass(init=False)
class Person(Model):
    name: str
    city: strnone
    age: intnone
    note: optional[str] = 'none'


class People(Service):
    name = 'corpus.model_optional'

    input = Person

    def handle(self):
        person = self.request.input
        self.response.payload = {'city': person.city, 'age': person.age, 'note': person.note}
