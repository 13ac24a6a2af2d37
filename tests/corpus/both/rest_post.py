# Sends JSON.
# answer: {"body": {"name": "Ada"}}
from zato.server.service import Service


class Post(Service):
    name = 'corpus.rest_post'

    def handle(self):
        answer = self.out.rest['Backend'].conn.post(self.cid, {'name': 'Ada'})
        self.response.payload = {'body': answer.data['body']}
