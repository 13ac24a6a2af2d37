# The bunch module.
# send: {"order": {"id": 3}}
# answer: {"id": 3}
from bunch import Bunch, bunchify

from zato.server.service import Service


class Dots(Service):
    name = 'corpus.bunch_module'

    def handle(self):
        order = bunchify(self.request.payload).order
        self.response.payload = Bunch(id=order.id)
