# A command that takes too long, and one that fails.
# answer: {"timeout": true, "code": 3, "out": "in"}
from zato.server.service import Service


class Shell(Service):
    name = 'corpus.commands_slow'

    def handle(self):
        slow = self.commands.invoke('sleep 30', timeout=0.1)
        failed = self.commands.invoke('cat; exit 3', stdin='in')
        self.response.payload = {'timeout': slow.is_timeout, 'code': failed.exit_code, 'out': failed.stdout}
