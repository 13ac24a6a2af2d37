# SOAP, as a text.
# answer: {"status": 200, "has": true}
from zato.server.service import Service

TEXT = """<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>
<GetPrice xmlns="urn:shop:prices"><item>tea</item></GetPrice></soap:Body></soap:Envelope>"""


class Soap(Service):
    name = 'corpus.soap_text'

    def handle(self):
        found = self.out.soap['Old prices'].conn.post(self.cid, TEXT)
        self.response.payload = {'status': found.status_code, 'has': '2.50' in found.text}
