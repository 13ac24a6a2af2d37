# Does its work and answers with nothing.
# answer:
from zato.server.service import Service


class Quiet(Service):
    name = 'corpus.empty_response'

    def handle(self):
        self.logger.info('done')
