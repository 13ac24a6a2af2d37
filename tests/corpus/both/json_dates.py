# Dates in JSON.
# answer: {"has": true}
from datetime import datetime

from zato.common.json_ import dumps
from zato.server.service import Service


class Json(Service):
    name = 'corpus.json_dates'

    def handle(self):
        self.response.payload = {'has': '2026-05-10' in dumps({'at': datetime(2026, 5, 10)})}
