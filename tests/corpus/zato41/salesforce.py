# Salesforce.
from zato.server.service import Service


class Leads(Service):
    name = 'corpus.salesforce'

    def handle(self):
        self.response.payload = self.salesforce['Crm'].get('/query')
