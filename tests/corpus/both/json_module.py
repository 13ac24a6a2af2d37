# The platform's own JSON functions.
# answer: {"text": "{\"a\":1}"}
from zato.common.json_internal import dumps, loads
from zato.server.service import Service


class Json(Service):
    name = 'corpus.json_module'

    def handle(self):
        self.response.payload = {'text': dumps(loads('{"a": 1}')).replace(' ', '')}
