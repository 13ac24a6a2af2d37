# Headers by their names.
# header: X-Tenant: red
# answer: {"tenant": "red"}
from zato.server.service import Service


class Headers(Service):
    name = 'corpus.http_headers'

    def handle(self):
        self.response.payload = {'tenant': self.request.http.headers['x-tenant']}
