# MongoDB.
# answer: {"n": 0}
from zato.server.service import Service


class Orders(Service):
    name = 'corpus.mongodb'

    def handle(self):
        self.response.payload = {'n': self.mongodb['Shop'].shop.orders.count_documents({})}
