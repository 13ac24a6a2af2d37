"""Plays the CRM where there is none: on one's own machine and in tests. Its channel is in local/."""

from zato.server.service import Service

USERS = {'ada': 'gold', 'charles': 'silver', 'mary': 'guest'}


class Crm(Service):
    """Answers as the CRM does: a user's type, or 404; without a user's name, as in pings, it is just up."""

    name = 'stand-in.crm'
    input = '-user_name'

    def handle(self):
        user_name = self.request.input.user_name
        if user_name in USERS:
            self.response.payload = {'user_type': USERS[user_name]}
        elif user_name:
            self.response.status_code = 404
            self.response.payload = {'error': 'no such user'}
