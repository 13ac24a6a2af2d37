# The hook that checks the input.
# status: 400
from zato.common.exception import BadRequest
from zato.server.service import Service


class Checks(Service):
    name = 'corpus.validate_input'

    def validate_input(self):
        raise BadRequest(self.cid, 'no')

    def handle(self):
        self.response.payload = 'never'
