# A verb without a method is refused.
# method: PATCH
# status: 405
from zato.server.service import Service


class OnlyGet(Service):
    name = 'corpus.verb_missing'

    def handle_GET(self):
        self.response.payload = 'read'
