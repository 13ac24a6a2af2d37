# A model takes no field that it does not declare.
# answer: {"refused": true}
from zato.server.service import Model, Service, dataclass


@dataclass(init=False)
class Thing(Model):
    name: str


class Things(Service):
    name = 'corpus.model_undeclared'

    def handle(self):
        thing = Thing()
        try:
            thing.nam = 'x'
        except AttributeError:
            self.response.payload = {'refused': True}
