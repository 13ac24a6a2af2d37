# Types of the platform in signatures.
# answer: {"n": 2}
from zato.common.typing_ import any_, anydict, cast_, dict_, list_, optional, stranydict, strlist, tuple_
from zato.server.service import Service


class Typed(Service):
    name = 'corpus.typing_names'

    def count(self, names: strlist, more: optional[anydict] = None, pair: tuple_[int, int] = (0, 0)) -> int:
        values: dict_[str, any_] = {}
        numbers: list_[int] = []
        both: stranydict = {**values, **(more or {})}
        return cast_('int', len(names) + len(both) + len(numbers))

    def handle(self):
        self.response.payload = {'n': self.count(['a', 'b'])}
