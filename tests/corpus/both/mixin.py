# A class that stands beside the service's.
# answer: {"sum": 5}
from zato.server.service import Service


class Sums:
    def add(self, *numbers):
        return sum(numbers)


class Adds(Service, Sums):
    name = 'corpus.mixin'

    def handle(self):
        self.response.payload = {'sum': self.add(2, 3)}
