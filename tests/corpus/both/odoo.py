# Odoo.
# answer: [7, 8]
from zato.server.service import Service


class Partners(Service):
    name = 'corpus.odoo'

    def handle(self):
        with self.out.odoo['Erp'].conn.client() as client:
            self.response.payload = client.get_model('res.partner').search([])
