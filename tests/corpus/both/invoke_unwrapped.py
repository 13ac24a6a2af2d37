# What stands in a response alone.
# answer: [{"a": 1}, {"b": 2}, {"c": {}}]
from zato.server.service import Service


class Wrapped(Service):
    name = 'corpus.invoke_unwrapped.wrapped'

    def handle(self):
        self.response.payload = self.request.payload


class Caller(Service):
    name = 'corpus.invoke_unwrapped'

    def handle(self):
        wrapped = {'response': {'a': 1}}, {'zato_x_response': {'b': 2}}, {'c': {}}
        self.response.payload = [self.invoke(Wrapped, one, skip_response_elem=True) for one in wrapped]
