# Dates as people write them, and a number that is null.
# send: {"day": "10 Jan 2026", "sent": "Fri, 09 Jan 2026 10:00:00 GMT", "price": null}
# answer: {"day": "2026-01-10T00:00:00", "sent": "2026-01-09T10:00:00+00:00", "price": 0.0}
from zato.server.service import Date, DateTime, Float, Service


class Dates(Service):
    name = 'corpus.input_dates'

    input = Date('day'), DateTime('sent'), Float('price')

    def handle(self):
        given = self.request.input
        self.response.payload = {'day': given.day, 'sent': given.sent, 'price': given.price}
