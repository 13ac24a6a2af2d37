# A base class that handles nothing itself.
# answer: {"hello": "world"}
from zato.server.service import Service


class Base(Service):
    def greet(self, who):
        return {'hello': who}


class Greets(Base):
    name = 'corpus.base_class'

    def handle(self):
        self.response.payload = self.greet('world')
