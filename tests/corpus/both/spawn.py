# Runs a function beside the call.
# answer: {"started": true}
from zato.server.service import Service


class Spawns(Service):
    name = 'corpus.spawn'

    def work(self, number):
        self.logger.info('worked on %s', number)

    def handle(self):
        self.spawn(self.work, 3)
        self.response.payload = {'started': True}
