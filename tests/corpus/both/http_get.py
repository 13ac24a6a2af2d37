# The query string by itself.
# path: ?a=1&a=2
# answer: {"a": ["1", "2"]}
from zato.server.service import Service


class Query(Service):
    name = 'corpus.http_get'

    def handle(self):
        self.response.payload = {'a': self.request.http.GET['a']}
