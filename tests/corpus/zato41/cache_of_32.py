# A cache as 3.2 has it.
# answer: "named"
from zato.server.service import Service


class Keeps(Service):
    name = 'corpus.cache_of_32'

    def handle(self):
        self.cache.default.set('a', 1)
