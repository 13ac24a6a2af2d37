# SOAP.
from zato.server.service import Service


class Soap(Service):
    name = 'corpus.soap'

    def handle(self):
        self.response.payload = self.soap['Old'].invoke('Ping', {})
