# Hashes and verifies.
# answer: {"ok": true, "other": false}
from zato.server.service import Service


class Hashes(Service):
    name = 'corpus.crypto_hash'

    def handle(self):
        hashed = self.crypto.hash_secret('open sesame')
        self.response.payload = {
            'ok': self.crypto.verify_hash('open sesame', hashed), 'other': self.crypto.verify_hash('close', hashed)
        }
