# Prepares itself before the call.
# answer: {"steps": ["before", "handle"]}
from zato.server.service import Service


class Steps(Service):
    name = 'corpus.before_handle'

    def before_handle(self):
        self.steps = ['before']

    def handle(self):
        self.steps.append('handle')
        self.response.payload = {'steps': self.steps}
