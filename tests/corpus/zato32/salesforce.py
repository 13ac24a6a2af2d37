# Salesforce.
# answer: {"id": "00Q1"}
from zato.server.service import Service


class Leads(Service):
    name = 'corpus.salesforce'

    def handle(self):
        with self.cloud.salesforce['Crm'].conn.client() as client:
            found = client.post('/sobjects/Lead', {'LastName': 'Doe', 'Company': 'Shop'})
        self.response.payload = {'id': found['id']}
