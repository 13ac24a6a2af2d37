# Texts that mean yes.
# answer: [true, false]
from zato.common.util.api import asbool
from zato.server.service import Service


class Booleans(Service):
    name = 'corpus.asbool'

    def handle(self):
        self.response.payload = [asbool('yes'), asbool('off')]
