# The last hook.
# answer: {"a": 1}
from zato.server.service import Service


class Last(Service):
    name = 'corpus.finalize'

    def handle(self):
        self.response.payload = {'a': 1}

    def finalize_handle(self):
        self.logger.info('all done')
