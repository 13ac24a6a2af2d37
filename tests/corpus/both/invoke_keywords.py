# Keywords are the payload of the service that is invoked.
# answer: {"sent": {"city": "Rome"}}
from zato.server.service import Service


class Echo(Service):
    name = 'corpus.invoke-keywords.echo'

    def handle(self):
        self.response.payload = {'sent': self.request.payload}


class Caller(Service):
    name = 'corpus.invoke_keywords'

    def handle(self):
        self.response.payload = self.invoke('corpus.invoke-keywords.echo', city='Rome')
