# A text in a format, with its constant as the platform's examples import it.
# answer: {"format": "json", "found": {"a": 1}, "raw": "{\"a\": 1}"}
from json import dumps

from zato.common import DATA_FORMAT
from zato.server.service import Service


class Told(Service):
    name = 'corpus.data_format_named.told'

    def handle(self):
        self.response.payload = {
            'format': self.data_format,
            'found': self.request.payload,
            'raw': self.request.raw_request,
        }


class Caller(Service):
    name = 'corpus.data_format_named'

    def handle(self):
        self.response.payload = self.invoke(Told, dumps({'a': 1}), data_format=DATA_FORMAT.JSON)
