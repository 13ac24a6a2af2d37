# Looks somebody up in a directory.
from zato.server.service import Service


class Finds(Service):
    name = 'corpus.ldap_search'

    def handle(self):
        with self.out.ldap['Directory'].conn.get() as conn:
            conn.search('dc=example', '(uid=ada)')
            self.response.payload = {'found': len(conn.entries)}
