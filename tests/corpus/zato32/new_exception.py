# Older place of the exception.
# answer: {"caught": true}
from zato.common import ZatoException
from zato.server.service import Service


class Raises(Service):
    name = 'corpus.new_exception'

    def handle(self):
        try:
            raise ZatoException(self.cid, 'x')
        except ZatoException:
            self.response.payload = {'caught': True}
