# SOAP.
from zato.server.service import Service


class Soap(Service):
    name = 'corpus.soap'

    def handle(self):
        with self.out.soap['Old'].conn.client() as client:
            self.response.payload = client.service.Ping()
