# Telegram.
# answer: {"sent": "Hello"}
from zato.server.service import Service


class Tells(Service):
    name = 'corpus.im_telegram'

    def handle(self):
        with self.im.telegram['Bot'].conn.client() as client:
            found = client.invoke('sendMessage', {'chat_id': 1, 'text': 'Hello'})
        self.response.payload = {'sent': found['result']['text']}
