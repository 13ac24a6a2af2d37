# Single sign-on.
from zato.server.service import Service


class Users(Service):
    name = 'corpus.sso'

    def handle(self):
        self.response.payload = self.sso.user.get_current_user(self.cid, 'token', 'CRM', '127.0.0.1')
