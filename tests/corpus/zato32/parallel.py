# Several services at once, one is told of each.
# answer: {"has_cid": true}
from zato.server.service import Service


class One(Service):
    name = 'corpus.parallel.one'

    def handle(self):
        self.response.payload = {'one': 1}


class Each(Service):
    name = 'corpus.parallel.each'

    def handle(self):
        self.logger.info('one: %s', self.request.payload)


class Parallel(Service):
    name = 'corpus.parallel'

    def handle(self):
        cid = self.patterns.parallel.invoke({'corpus.parallel.one': {'a': 1}}, 'corpus.parallel.each')
        self.response.payload = {'has_cid': len(cid) > 10}
