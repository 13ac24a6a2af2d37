# A time in another format.
# answer: {"day": "10.05.2026"}
from zato.server.service import Service


class Reformat(Service):
    name = 'corpus.time_reformat'

    def handle(self):
        self.response.payload = {'day': self.time.reformat('2026-05-10', 'YYYY-MM-DD', 'DD.MM.YYYY')}
