# What a service in the background finds beside its payload.
# answer: {"seen": {"user": "ada"}}
import threading

from zato.server.service import Service

SEEN = []
DONE = threading.Event()


class Later(Service):
    name = 'corpus.invoke_async_environ.later'

    def handle(self):
        SEEN.append(self.environ)
        DONE.set()


class Caller(Service):
    name = 'corpus.invoke_async_environ'

    def handle(self):
        self.run_in_thread(self.invoke_async, Later, 'x', environ={'user': 'ada'})
        DONE.wait(60)
        self.response.payload = {'seen': SEEN[0]}
