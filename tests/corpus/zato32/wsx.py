# A WebSocket.
# answer: {"sent": null}
from zato.server.service import Service


class Sends(Service):
    name = 'corpus.wsx'

    def handle(self):
        with self.out.wsx.get('Prices').conn.client() as client:
            self.response.payload = {'sent': client.send('Hello')}
