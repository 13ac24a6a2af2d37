# Places in the path of a connection.
# answer: {"path": "/customers/17"}
from zato.server.service import Service


class Path(Service):
    name = 'corpus.rest_path'

    def handle(self):
        answer = self.out.rest['Customers'].conn.get(self.cid, {'customer': 17})
        self.response.payload = {'path': answer.data['path']}
