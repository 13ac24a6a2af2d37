# The standard library.
# answer: {"digest": "2cf24dba"}
import hashlib

from zato.server.service import Service


class Digest(Service):
    name = 'corpus.stdlib'

    def handle(self):
        self.response.payload = {'digest': hashlib.sha256(b'hello').hexdigest()[:8]}
