# An output model is filled by dots.
# answer: {"name": "Ada"}
from zato.server.service import Model, Service, dataclass


@dataclass(init=False)
class Person(Model):
    name: str


class People(Service):
    name = 'corpus.model_fills'

    output = Person

    def handle(self):
        self.response.payload.name = 'Ada'
