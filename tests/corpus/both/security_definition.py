# Who called; nobody did.
# answer: {"user": null}
from zato.server.service import Service


class Who(Service):
    name = 'corpus.security_definition'

    def handle(self):
        self.response.payload = {'user': self.channel.security.username}
