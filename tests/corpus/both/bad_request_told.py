# The third argument of an exception shows its message, as the keyword does.
# send: {}
# answer: {"details": ["no id", true], "inactive": "CRM"}
from zato.common.exception import BadRequest, Inactive
from zato.server.service import Service


class Refuses(Service):
    name = 'corpus.bad_request_told'

    def handle(self):
        error = BadRequest(self.cid, 'no id', True)
        try:
            raise Inactive('CRM')
        except Inactive as inactive:
            self.response.payload = {'details': [error.msg, error.needs_msg], 'inactive': str(inactive)}
