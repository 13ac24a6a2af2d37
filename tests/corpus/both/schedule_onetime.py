# A job in a minute.
# answer: {"planned": true}
from zato.server.service import Service


class Later(Service):
    name = 'corpus.schedule_onetime'

    def handle(self):
        job = self.schedule.onetime(self, 'corpus.payload_text', after_minutes=1)
        self.response.payload = {'planned': job > 0}
