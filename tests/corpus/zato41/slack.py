# Slack.
from zato.server.service import Service


class Tells(Service):
    name = 'corpus.slack'

    def handle(self):
        self.response.payload = self.slack.send('Team', '#general', 'Hello')
