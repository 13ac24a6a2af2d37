# A lock of the service's own name, by hand.
# answer: {"locked": true}
from zato.server.service import Service


class Locked(Service):
    name = 'corpus.lock_own_name'

    def handle(self):
        lock = self.lock()
        info = lock.acquire()
        try:
            self.response.payload = {'locked': info.acquired}
        finally:
            lock.release()
