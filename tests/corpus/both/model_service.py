# A model asks the service that it is made for.
# send: {"user": "ada"}
# answer: {"user": "ada", "same": true}
from zato.server.service import Model, Service, dataclass


@dataclass(init=False)
class User(Model):
    user: str

    def after_created(self, ctx):
        ctx.service.logger.info('Created for %s', ctx.service.cid)
        ctx.service.environ['seen'] = ctx.service.cid


class Takes(Service):
    name = 'corpus.model_service'

    input = User

    def handle(self):
        self.response.payload = {'user': self.request.input.user, 'same': self.environ['seen'] == self.cid}
