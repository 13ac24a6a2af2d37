# A model as JSON.
# answer: {"json": "{\"n\":1}"}
from zato.server.service import Model, Service, dataclass


@dataclass(init=False)
class Number(Model):
    n: int


class Numbers(Service):
    name = 'corpus.model_json'

    def handle(self):
        number = Number()
        number.n = 1
        self.response.payload = {'json': number.to_json().decode().replace(' ', '')}
