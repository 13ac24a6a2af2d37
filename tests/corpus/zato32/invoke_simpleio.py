# What a service with a SimpleIO gives another: its response in its element, or without it.
# answer: [{"response": {"city": "Rome"}}, "Rome", {"city": "Rome"}]
from zato.server.service import Service


class Finds(Service):
    name = 'corpus.invoke_simpleio.finds'

    class SimpleIO:
        output = ('city',)

    def handle(self):
        self.response.payload.city = 'Rome'


class Caller(Service):
    name = 'corpus.invoke_simpleio'

    def handle(self):
        bare = self.invoke(Finds, {'a': 1}, skip_response_elem=True)
        self.response.payload = [self.invoke(Finds), self.invoke(Finds, as_bunch=True).response['city'], bare]
