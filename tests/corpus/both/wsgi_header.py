# A header by the WSGI environment.
# header: X-Tenant: blue
# answer: {"tenant": "blue"}
from zato.server.service import Service


class Tenant(Service):
    name = 'corpus.wsgi_header'

    def handle(self):
        self.response.payload = {'tenant': self.wsgi_environ['HTTP_X_TENANT']}
