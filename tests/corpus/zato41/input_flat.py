# Declared input.
# send: {"city": "Oslo", "page_count": "2"}
# answer: {"city": "Oslo", "page_count": 2}
from zato.server.service import Service


class Flat(Service):
    name = 'corpus.input_flat'

    input = 'city', 'page_count'

    def handle(self):
        given = self.request.input
        self.response.payload = {'city': given.city, 'page_count': given.page_count}
