# Logs with arguments, and a warning.
# answer: {"logged": true}
from zato.server.service import Service


class Logs(Service):
    name = 'corpus.logging'

    def handle(self):
        self.logger.info('request of %s', self.cid)
        self.logger.warning('only %d left', 3)
        self.response.payload = {'logged': True}
