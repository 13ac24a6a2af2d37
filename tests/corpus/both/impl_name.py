# Where the class is.
# answer: {"impl": "impl_name.Where"}
from zato.server.service import Service


class Where(Service):
    name = 'corpus.impl_name'

    def handle(self):
        self.response.payload = {'impl': self.impl_name}
