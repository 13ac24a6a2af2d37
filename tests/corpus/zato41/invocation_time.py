# When the call began.
# answer: {"zone": true}
from zato.server.service import Service


class When(Service):
    name = 'corpus.invocation_time'

    def handle(self):
        self.response.payload = {'zone': self.invocation_time.tzinfo is not None}
