# A service knows its name.
# answer: {"name": "corpus.name_given", "same": true}
from zato.server.service import Service


class Named(Service):
    name = 'corpus.name_given'

    def handle(self):
        self.response.payload = {'name': self.name, 'same': self.get_name() == self.name}
