# The bunch module by the platform's path.
# answer: {"a": {"b": 1}}
from zato.common.ext.bunch import bunchify
from zato.server.service import Service


class Dots(Service):
    name = 'corpus.bunch_ext'

    def handle(self):
        made = bunchify({'a': {'b': 0}})
        made.a.b = 1
        self.response.payload = made
