from zato.server.service import Service


class GetOrder(Service):
    name = 'order.get'

    def handle(self):
        self.response.payload = {}
