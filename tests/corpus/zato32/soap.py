# SOAP, by a WSDL.
# answer: {"prices": ["2.50", "1.10"]}
from zato.server.service import Service


class Soap(Service):
    name = 'corpus.soap'

    def handle(self):
        with self.out.soap['Prices'].conn.client() as client:
            found = client.service.GetPrice(['tea', 'milk'])
        self.response.payload = {'prices': [str(one) for one in found]}
