# Types of elements.
# send: {"n": "2", "f": "1.5", "names": "x,y", "day": "2026-05-10"}
# answer: {"n": 2, "f": 1.5, "names": ["x", "y"], "year": 2026}
from zato.server.service import CSV, DateTime, Float, Int, Service


class Types(Service):
    name = 'corpus.input_types'

    input = Int('n'), Float('f'), CSV('names'), DateTime('day')

    def handle(self):
        given = self.request.input
        self.response.payload = {'n': given.n, 'f': given.f, 'names': given.names, 'year': given.day.year}
