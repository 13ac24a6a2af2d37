# Jira.
# answer: {"name": "ada", "displayName": "Ada Lovelace"}
from zato.server.service import Service


class Jira(Service):
    name = 'corpus.cloud_jira'

    def handle(self):
        with self.cloud.jira['Team'].conn.client() as client:
            self.response.payload = client.myself()
