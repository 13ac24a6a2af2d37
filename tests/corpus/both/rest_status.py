# Looks at the status of an answer.
# answer: {"status": 404, "ok": false}
from zato.server.service import Service


class Status(Service):
    name = 'corpus.rest_status'

    def handle(self):
        answer = self.out.rest['Backend'].conn.get(self.cid, {'status': 404})
        self.response.payload = {'status': answer.status_code, 'ok': answer.ok}
