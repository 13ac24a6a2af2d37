# All verbs of a REST connection.
# answer: ["PUT", "PATCH", "DELETE", "OPTIONS"]
from zato.server.service import Service


class Verbs(Service):
    name = 'corpus.rest_verbs'

    def handle(self):
        conn = self.out.rest['Backend'].conn
        answers = [conn.put(self.cid, {}), conn.patch(self.cid, {}), conn.delete(self.cid), conn.options(self.cid)]
        self.response.payload = [answer.data['method'] for answer in answers]
