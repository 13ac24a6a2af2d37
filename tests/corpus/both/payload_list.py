# Reads a list, answers with a list.
# send: [3, 1, 2]
# answer: [1, 2, 3]
from zato.server.service import Service


class Sort(Service):
    name = 'corpus.payload_list'

    def handle(self):
        self.response.payload = sorted(self.request.payload)
