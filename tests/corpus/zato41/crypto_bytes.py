# Random digits.
# answer: {"length": 16}
from zato.server.service import Service


class Random(Service):
    name = 'corpus.crypto_bytes'

    def handle(self):
        self.response.payload = {'length': len(self.crypto.generate_hex_string())}
