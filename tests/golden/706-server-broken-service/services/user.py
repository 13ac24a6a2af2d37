from zato.server.service import Service


class GetUser(Service):
    name = 'user.get'

    def handle(self)
        self.response.payload = {}
