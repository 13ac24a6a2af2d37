# A backend that is not there.
# answer: {"caught": "CallFailedError"}
from zato.server.service import Service


class Calls(Service):
    name = 'corpus.rest_down'

    def handle(self):
        try:
            self.rest['Nobody'].get()
        except ConnectionError as error:
            self.response.payload = {'caught': type(error).__name__}
