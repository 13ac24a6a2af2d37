# Rows for a declared input: each is checked, and they are in the payload.
# send: [{"sku": "a"}, {"sku": "b"}]
# answer: ["a", "b"]
from zato.server.service import Service


class Rows(Service):
    name = 'corpus.input_rows'

    input = 'sku', '-note'

    def handle(self):
        self.response.payload = [row['sku'] for row in self.request.payload]
