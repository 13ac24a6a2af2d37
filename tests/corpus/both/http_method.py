# One service, told apart by the method.
# method: PUT
# answer: {"method": "PUT"}
from zato.server.service import Service


class Method(Service):
    name = 'corpus.http_method'

    def handle(self):
        self.response.payload = {'method': self.request.http.method}
