# A service whose name is made of file and class.
# service: name-made.get-invoice-details
# answer: {"name": "name-made.get-invoice-details"}
from zato.server.service import Service


class GetInvoiceDetails(Service):
    def handle(self):
        self.response.payload = {'name': self.get_name()}
