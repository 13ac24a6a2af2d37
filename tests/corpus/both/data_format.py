# Constants of the platform.
# answer: {"json": "json"}
from zato.common.api import DATA_FORMAT
from zato.server.service import Service


class Formats(Service):
    name = 'corpus.data_format'

    def handle(self):
        self.response.payload = {'json': DATA_FORMAT.JSON}
