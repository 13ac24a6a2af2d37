# Models as dicts.
# answer: {"n": 1}
from zato.common.marshal_.api import Model
from zato.server.service import Service, dataclass


@dataclass(init=False)
class Number(Model):
    n: int


class Numbers(Service):
    name = 'corpus.model_to_dict'

    def handle(self):
        number = Number()
        number.n = 1
        self.response.payload = number.to_dict()
