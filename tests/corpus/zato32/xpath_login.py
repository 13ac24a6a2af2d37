# A message that carries who sends it.
# channel: {"security": "Message", "data_format": ""}
# send: <order><user>shop</user><password>hunter2</password></order>
# answer: {"by": "Message"}
from zato.server.service import Service


class Signed(Service):
    name = 'corpus.xpath_login'

    def handle(self):
        self.response.payload = {'by': self.channel.security.name}
