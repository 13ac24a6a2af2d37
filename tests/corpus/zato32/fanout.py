# Several services at once, one is told at the end.
# answer: {"has_cid": true}
from zato.server.service import Service


class One(Service):
    name = 'corpus.fanout.one'

    def handle(self):
        self.response.payload = {'one': 1}


class Final(Service):
    name = 'corpus.fanout.final'

    def handle(self):
        self.logger.info('all: %s', self.request.payload)


class Fans(Service):
    name = 'corpus.fanout'

    def handle(self):
        cid = self.patterns.fanout.invoke({'corpus.fanout.one': {'a': 1}}, 'corpus.fanout.final')
        self.response.payload = {'has_cid': len(cid) > 10}
