# A required element that is absent.
# send: {}
# status: 400
from zato.server.service import Service


class Required(Service):
    name = 'corpus.input_missing'

    input = 'order_id'

    def handle(self):
        self.response.payload = 'never'
