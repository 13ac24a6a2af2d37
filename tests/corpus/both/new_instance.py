# Methods of another service.
# answer: {"name": "Ada", "cid": true}
from zato.server.service import Service


class Customers(Service):
    name = 'corpus.new_instance.customers'

    def find(self, number):
        return {'name': 'Ada', 'cid': self.cid}

    def handle(self):
        raise ValueError('it is not called')


class Instance(Service):
    name = 'corpus.new_instance'

    def handle(self):
        found = self.new_instance('corpus.new_instance.customers').find(1)
        self.response.payload = {'name': found['name'], 'cid': found['cid'] == self.cid}
