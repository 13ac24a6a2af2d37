# A header in the response.
# sees: X-Page: 2
from zato.server.service import Service


class Paged(Service):
    name = 'corpus.response_headers'

    def handle(self):
        self.response.headers['X-Page'] = '2'
        self.response.payload = {}
