# All exceptions can be imported.
# answer: {"caught": true}
from zato.common.exception import (
    ClientSecurityException,
    ConnectionException,
    ParsingException,
    PubSubSubscriptionExists,
    Reportable,
    RuntimeInvocationError,
    ServiceMissingException,
    StatusAwareException,
    TimeoutException,
    ZatoException,
)
from zato.server.service import Service

KINDS = ClientSecurityException, ConnectionException, ParsingException, PubSubSubscriptionExists, Reportable
KINDS += RuntimeInvocationError, ServiceMissingException, StatusAwareException, TimeoutException


class Fails(Service):
    name = 'corpus.exceptions'

    def handle(self):
        found = []
        for kind in KINDS:
            try:
                raise kind(self.cid, 'late')
            except ZatoException as error:
                found.append(error.cid == self.cid and error.msg == 'late')
        self.response.payload = {'caught': all(found)}
