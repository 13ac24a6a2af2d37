# A call of a REST connection, mapped.
# answer: {"found": "POST /backend"}
from zato.server.service import Service


class Calls(Service):
    name = 'corpus.rest_call'

    def handle(self):
        conn = self.out.rest['Backend'].conn
        found = conn.rest_call(cid=self.cid, data={'a': 1}, method='POST', callback=self.shown)
        self.response.payload = {'found': found}

    def shown(self, data, **kwargs):
        return f'{data["method"]} {data["path"]}'
