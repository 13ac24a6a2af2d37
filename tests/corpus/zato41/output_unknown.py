# What the output does not declare can't be set.
# answer: {"city": "the output has no 'cty'; did you mean 'city'?"}
from zato.server.service import Service


class Sets(Service):
    name = 'corpus.output_unknown'

    output = ('city',)

    def handle(self):
        try:
            self.response.payload.cty = 'Rome'
        except KeyError as error:
            self.response.payload.city = str(error)
