# Reads a JSON object and answers with one.
# send: {"name": "Ada"}
# answer: {"greeting": "Hello Ada"}
from zato.server.service import Service


class Hello(Service):
    name = 'corpus.payload_dict'

    def handle(self):
        self.response.payload = {'greeting': 'Hello ' + self.request.payload['name']}
