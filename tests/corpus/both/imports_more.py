# Names that are imported now and then.
# answer: {"pairs": {"a": 1, "b": "x"}, "ran": true, "made": {"city": "Rome"}, "read": 5, "missing": "NotGiven", "own": 7}
import threading

from zato.common.api import NotGiven
from zato.common.ext.dataclasses import dataclass
from zato.common.typing_ import from_dict, instance_from_dict, strdictlistnone, tupnone
from zato.common.util.api import parse_extra_into_dict, spawn_greenlet
from zato.server.service import Model, Service


@dataclass(init=False)
class Order(Model):
    number: int
    rows: strdictlistnone = None
    pair: tupnone = None


@dataclass
class Plain:
    number: int


class Town:
    pass


class Imports(Service):
    name = 'corpus.imports_more'

    def handle(self):
        ran = threading.Event()
        spawn_greenlet(ran.set)
        self.response.payload = {
            'pairs': parse_extra_into_dict('a=1\nb=x'),
            'ran': ran.wait(60),
            'made': vars(instance_from_dict(Town, {'city': 'Rome'})),
            'read': from_dict(Order, {'number': '5'}).number,
            'missing': NotGiven.__name__,
            'own': from_dict(data_class=Plain, data={'number': 7}).number,
        }
