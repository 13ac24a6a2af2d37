# An exception class of its own, over the platform's.
# answer: {"caught": "E-7"}
from zato.common.exception import ZatoException
from zato.server.service import Service


class BusinessError(ZatoException):
    pass


class Raises(Service):
    name = 'corpus.own_exception'

    def handle(self):
        try:
            raise BusinessError(self.cid, 'E-7')
        except ZatoException as error:
            self.response.payload = {'caught': error.msg}
