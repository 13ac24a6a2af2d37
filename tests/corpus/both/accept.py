# Says no before anything runs.
# status: 400
from zato.server.service import Service


class Picky(Service):
    name = 'corpus.accept'

    def accept(self):
        return False

    def handle(self):
        self.response.payload = 'never'
