# Confluence.
# answer: {"title": "Hello"}
from zato.server.service import Service


class Pages(Service):
    name = 'corpus.cloud_confluence'

    def handle(self):
        with self.cloud.confluence['Team'].conn.client() as client:
            self.response.payload = {'title': client.get_page_by_id('7')['title']}
