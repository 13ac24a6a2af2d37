# Encrypts and decrypts.
# answer: {"clear": "pin 1234"}
from zato.server.service import Service


class Secret(Service):
    name = 'corpus.crypto_encrypt'

    def handle(self):
        token = self.crypto.encrypt('pin 1234')
        self.response.payload = {'clear': self.crypto.decrypt(token)}
