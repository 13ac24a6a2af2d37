# SOAP.
# answer: {"price": "2.50"}
from zato.server.service import Service


class Soap(Service):
    name = 'corpus.soap'

    def handle(self):
        found = self.soap['Prices'].invoke('{urn:shop:prices}GetPrice', {'item': 'tea'})
        self.response.payload = {'price': found.price}
