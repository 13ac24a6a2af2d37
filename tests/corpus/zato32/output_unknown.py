# What the output does not declare is left out.
# answer: {"city": "Rome"}
from zato.server.service import Service


class Sets(Service):
    name = 'corpus.output_unknown'

    output = ('city',)

    def handle(self):
        self.response.payload.cty = 'Rome'
        self.response.payload.city = 'Rome'
