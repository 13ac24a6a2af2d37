# Starts another service and does not wait.
# answer: {"has_cid": true}
from zato.server.service import Service


class Background(Service):
    name = 'corpus.invoke-async.background'

    def handle(self):
        self.logger.info('in the background')


class Caller(Service):
    name = 'corpus.invoke_async'

    def handle(self):
        cid = self.invoke_async('corpus.invoke-async.background', {'a': 1})
        self.response.payload = {'has_cid': len(cid) > 10}
