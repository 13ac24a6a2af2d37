# A method of its own for each verb.
# method: DELETE
# answer: {"done": "deleted"}
from zato.server.service import Service


class Verbs(Service):
    name = 'corpus.handle_verbs'

    def handle_GET(self):
        self.response.payload = {'done': 'read'}

    def handle_DELETE(self):
        self.response.payload = {'done': 'deleted'}
