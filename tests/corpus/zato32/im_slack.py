# Slack.
# answer: {"ok": true}
from zato.server.service import Service


class Tells(Service):
    name = 'corpus.im_slack'

    def handle(self):
        with self.im.slack['Team'].conn.client() as client:
            found = client.api_call('chat.postMessage', channel='#general', text='Hello')
        self.response.payload = {'ok': found['ok']}
