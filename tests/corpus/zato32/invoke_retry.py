# Tries again.
# answer: {"tries": 2}
from zato.server.service import Service


tries = []


class Flaky(Service):
    name = 'corpus.invoke-retry.flaky'

    def handle(self):
        tries.append(1)
        if len(tries) < 2:
            raise ValueError('not yet')
        self.response.payload = {'tries': len(tries)}


class Retries(Service):
    name = 'corpus.invoke_retry'

    def handle(self):
        del tries[:]
        self.response.payload = self.patterns.invoke_retry.invoke('corpus.invoke-retry.flaky', {}, repeats=3, seconds=0.01)
