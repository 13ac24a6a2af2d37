# Secrets, by their names, come encrypted.
# send: {"password": "hush", "user": "ada"}
# answer: {"is_encrypted": true, "password": "hush", "user": "ada", "token": ""}
from zato.server.service import Service


class LogIn(Service):
    name = 'corpus.input_secret'

    input = 'user', 'password', '-token'

    def handle(self):
        given = self.request.input
        self.response.payload = {
            'is_encrypted': given.password.startswith('zato.secf.'),
            'password': self.crypto.decrypt(given.password),
            'user': given.user,
            'token': given.token,
        }
