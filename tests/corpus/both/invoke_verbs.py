# A service that has no handle for calls without HTTP, and its form.
# answer: {"status": 405, "form": {}, "query": {}}
from zato.common.exception import MethodNotAllowed
from zato.server.service import Service


class OfHttp(Service):
    name = 'corpus.invoke_verbs.of-http'

    def handle_GET(self):
        self.response.payload = 'never'

    def handle_POST(self):
        self.response.payload = 'never'


class Form(Service):
    name = 'corpus.invoke_verbs.form'

    def handle(self):
        http = self.request.http
        self.response.payload = {'form': http.get_form_data(), 'query': http.GET}


class Caller(Service):
    name = 'corpus.invoke_verbs'

    def handle(self):
        try:
            self.invoke(OfHttp)
        except MethodNotAllowed as error:
            self.response.payload = {'status': error.status, **self.invoke(Form)}
