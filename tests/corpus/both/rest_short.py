# The connections by their short name.
# answer: {"method": "GET"}
from zato.server.service import Service


class Short(Service):
    name = 'corpus.rest_short'

    def handle(self):
        self.response.payload = {'method': self.rest['Backend'].get(params={'a': 1}).data['method']}
