# Rows for a declared input, one of them without what is required.
# send: [{"sku": "a"}, {"note": "b"}]
# status: 400
from zato.server.service import Service


class Rows(Service):
    name = 'corpus.input_row_missing'

    input = 'sku', '-note'

    def handle(self):
        self.response.payload = 'never'
