# GraphQL.
# answer: {"orders": [{"id": "1"}, {"id": "2"}]}
from zato.server.service import Service


class Asks(Service):
    name = 'corpus.graphql'

    def handle(self):
        self.response.payload = self.out.graphql['Shop'].execute('{ orders { id } }')
