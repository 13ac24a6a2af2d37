# Salesforce.
# answer: {"count": 1}
from zato.server.service import Service


class Leads(Service):
    name = 'corpus.salesforce'

    def handle(self):
        found = self.salesforce['Crm'].get('/query?q=select+Id+from+Lead')
        self.response.payload = {'count': found['totalSize']}
