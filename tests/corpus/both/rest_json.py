# A body as requests takes it, and an answer that is read bit by bit.
# answer: {"body": {"a": 1}, "read": true}
from zato.server.service import Service


class Sends(Service):
    name = 'corpus.rest_json'

    def handle(self):
        found = self.out.rest['Backend'].conn.post(self.cid, json={'a': 1}, stream=True)
        read = b''.join(found.iter_content(10))
        self.response.payload = {'body': found.data['body'], 'read': read == found.content}
