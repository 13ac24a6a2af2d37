# Slack.
# answer: {"ok": true}
from zato.server.service import Service


class Tells(Service):
    name = 'corpus.slack'

    def handle(self):
        found = self.slack.send('Team', '#general', 'Hello')
        self.response.payload = {'ok': found['ok']}
