"""What our API says of users: the CRM knows them, user-conf/users.conf has the discounts."""

from zato.common.exception import NotFound
from zato.server.service import Int, Service


class GetUser(Service):
    """Returns a user of the CRM, and the discount of users of that type."""

    name = 'user.get'
    input = 'user_name'
    output = 'user_name', 'user_type', Int('discount')

    def handle(self):
        user_name = self.request.input.user_name
        self.logger.info('Looking for %s in the CRM', user_name)

        response = self.out.rest['CRM'].conn.get(self.cid, {'user_name': user_name})
        if response.status_code == 404:
            raise NotFound(self.cid, 'No such user')

        user_type = response.data['user_type']
        discounts = self.server.user_config.users.discounts
        self.response.payload = {
            'user_name': user_name,
            'user_type': user_type,
            'discount': discounts.get(user_type, 0),
        }
