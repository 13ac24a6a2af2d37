# A model as the output.
# answer: {"name": "Ada", "tags": ["a"]}
from zato.common.typing_ import strlist
from zato.server.service import Model, Service, dataclass


@dataclass(init=False)
class Person(Model):
    name: str
    tags: strlist


class People(Service):
    name = 'corpus.model_output'

    output = Person

    def handle(self):
        person = Person()
        person.name = 'Ada'
        person.tags = ['a']
        self.response.payload = person
