# Declared input, with types by name.
# send: {"user_id": "7", "is_active": "yes", "name": 5}
# answer: {"user_id": 7, "is_active": true, "name": "5"}
from zato.server.service import Service


class Flat(Service):
    name = 'corpus.input_flat'

    input = 'user_id', 'is_active', 'name'

    def handle(self):
        given = self.request.input
        self.response.payload = {'user_id': given.user_id, 'is_active': given.is_active, 'name': given.name}
