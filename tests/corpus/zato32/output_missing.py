# What is missing of a declared output is an error.
# status: 500
from zato.server.service import Service


class Lacks(Service):
    name = 'corpus.output_missing'

    output = 'user', 'city'

    def handle(self):
        self.response.payload.city = 'Rome'
