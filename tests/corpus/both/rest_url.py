# Calls of URLs that no definition has.
# answer: ["GET", "POST"]
from zato.server.service import Service


class Calls(Service):
    name = 'corpus.rest_url'

    def handle(self):
        config = self.out.rest['Backend'].conn.config
        url = config['host'] + config['url_path']
        self.response.payload = [self.rest.get(url).json()['method'], self.rest.post(url, '{}').json()['method']]
