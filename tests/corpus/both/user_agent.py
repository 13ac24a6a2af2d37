# The client's own words for itself.
# header: User-Agent: probe/1
# answer: {"agent": "probe/1"}
from zato.server.service import Service


class Agent(Service):
    name = 'corpus.user_agent'

    def handle(self):
        self.response.payload = {'agent': self.request.http.user_agent}
