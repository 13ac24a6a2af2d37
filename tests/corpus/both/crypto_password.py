# Makes a password.
# answer: {"long": true}
from zato.server.service import Service


class Password(Service):
    name = 'corpus.crypto_password'

    def handle(self):
        self.response.payload = {'long': len(self.crypto.generate_password()) >= 24}
