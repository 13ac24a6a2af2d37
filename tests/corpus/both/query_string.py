# Parameters of the query string.
# path: ?city=Oslo
# answer: {"city": "Oslo"}
from zato.server.service import Service


class City(Service):
    name = 'corpus.query_string'

    def handle(self):
        self.response.payload = {'city': self.request.http.params.city}
