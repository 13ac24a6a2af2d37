# MongoDB.
# answer: {"n": 0}
from zato.server.service import Service


class Orders(Service):
    name = 'corpus.mongodb'

    def handle(self):
        client = self.out.mongodb['Shop'].conn.client
        self.response.payload = {'n': client.shop.orders.count_documents({})}
