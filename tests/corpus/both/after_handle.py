# Adds to the response after the call.
# answer: {"a": 1, "took": true}
from zato.server.service import Service


class Adds(Service):
    name = 'corpus.after_handle'

    def handle(self):
        self.response.payload = {'a': 1}

    def after_handle(self):
        self.response.payload['took'] = True
