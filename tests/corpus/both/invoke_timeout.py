# A call that does not wait for long.
# answer: {"raised": "TimeoutError", "given": null, "in_time": "done", "own": "ValueError"}
import threading

from zato.server.service import Service

ENDS = threading.Event()


class Waits(Service):
    name = 'corpus.invoke_timeout.waits'

    def handle(self):
        if self.request.payload == 'fail':
            raise ValueError('no')
        if self.request.payload == 'wait':
            ENDS.wait(60)
        self.response.payload = 'done'


class Caller(Service):
    name = 'corpus.invoke_timeout'

    def handle(self):
        found = {}
        for name, payload, seconds in (('raised', 'wait', 0.1), ('own', 'fail', 60)):
            try:
                self.invoke(Waits, payload, timeout=seconds)
            except Exception as error:
                found[name] = type(error).__name__
        found['given'] = self.invoke(Waits, 'wait', timeout=0.1, raise_timeout=False)
        found['in_time'] = self.invoke(Waits, 'go', timeout=60)
        ENDS.set()
        self.response.payload = found
