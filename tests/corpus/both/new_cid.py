# Makes a correlation id of its own.
# answer: {"differs": true}
from zato.common.util.api import new_cid
from zato.server.service import Service


class Cids(Service):
    name = 'corpus.new_cid'

    def handle(self):
        self.response.payload = {'differs': new_cid() != new_cid()}
