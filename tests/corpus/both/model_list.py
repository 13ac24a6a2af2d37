# A list of models in the response.
# answer: [{"n": 1}, {"n": 2}]
from zato.server.service import Model, Service, dataclass


@dataclass(init=False)
class Number(Model):
    n: int


class Numbers(Service):
    name = 'corpus.model_list'

    def handle(self):
        self.response.payload = [Number.from_dict({'n': n}) for n in (1, 2)]
