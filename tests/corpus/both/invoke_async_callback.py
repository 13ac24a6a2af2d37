# Another service is told of the outcome.
# answer: {"has_cid": true}
from zato.server.service import Service


class Work(Service):
    name = 'corpus.async-callback.work'

    def handle(self):
        self.response.payload = {'done': True}


class Told(Service):
    name = 'corpus.async-callback.told'

    def handle(self):
        self.logger.info('it answered %s', self.request.payload)


class Caller(Service):
    name = 'corpus.invoke_async_callback'

    def handle(self):
        cid = self.invoke_async('corpus.async-callback.work', {'a': 1}, callback='corpus.async-callback.told')
        self.response.payload = {'has_cid': len(cid) > 10}
