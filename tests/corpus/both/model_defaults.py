# Defaults made anew for each instance.
# send: {"name": "x"}
# answer: {"tags": [], "more": {}}
from zato.common.typing_ import anydict, anylist, dict_field, list_field
from zato.server.service import Model, Service, dataclass


@dataclass(init=False)
class Thing(Model):
    name: str
    tags: anylist = list_field()
    more: anydict = dict_field()


class Things(Service):
    name = 'corpus.model_defaults'

    input = Thing

    def handle(self):
        self.response.payload = {'tags': self.request.input.tags, 'more': self.request.input.more}
