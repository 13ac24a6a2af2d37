# Options of a call.
# answer: {"type": "mine", "format": "json", "transport": "plain", "environ": {"user": "ada"}, "cid": "abc"}
from zato.server.service import Service


class Told(Service):
    name = 'corpus.invoke_options.told'

    def handle(self):
        self.response.payload = {
            'type': self.channel.type,
            'format': self.data_format,
            'transport': self.transport,
            'environ': self.environ,
            'cid': self.cid,
        }


class Caller(Service):
    name = 'corpus.invoke_options'

    def handle(self):
        options = {'channel': 'mine', 'data_format': 'json', 'transport': 'plain', 'cid': 'abc'}
        self.response.payload = self.invoke(Told, {'a': 1}, environ={'user': 'ada'}, **options)
