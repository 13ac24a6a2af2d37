# A model completes itself.
# send: {"first": "Ada", "last": "King"}
# answer: {"full": "Ada King"}
from zato.server.service import Model, Service, dataclass


@dataclass(init=False)
class Person(Model):
    first: str
    last: str
    full: str = ''

    def after_created(self, ctx):
        self.full = f'{self.first} {self.last}'


class People(Service):
    name = 'corpus.model_after_created'

    input = Person

    def handle(self):
        self.response.payload = {'full': self.request.input.full}
