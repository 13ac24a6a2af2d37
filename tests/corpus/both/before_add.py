# Decides at load whether it is deployed.
# answer: {"here": true}
from zato.server.service import Service


class Hidden(Service):
    name = 'corpus.hidden'

    @classmethod
    def before_add_to_store(cls, logger):
        return False

    def handle(self):
        pass


class Shown(Service):
    name = 'corpus.before_add'

    def handle(self):
        self.response.payload = {'here': True}
