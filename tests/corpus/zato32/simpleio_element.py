# A response element of its own.
# answer: {"order": {"id": 4}}
from zato.server.service import Service


class Inner(Service):
    name = 'corpus.simpleio_element'

    class SimpleIO:
        response_elem = 'order'
        output_optional = ('id',)

    def handle(self):
        self.response.payload.id = 4
