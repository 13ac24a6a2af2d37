# Waits a little.
# answer: {"slept": true}
from zato.server.service import Service


class Sleeps(Service):
    name = 'corpus.sleep'

    def handle(self):
        self.sleep(0.01)
        self.response.payload = {'slept': True}
