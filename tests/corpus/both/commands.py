# Runs a command of the shell.
# answer: {"out": "hello", "ok": true}
from zato.server.service import Service


class Shell(Service):
    name = 'corpus.commands'

    def handle(self):
        result = self.commands.invoke('echo hello')
        self.response.payload = {'out': result.stdout.strip(), 'ok': result.is_ok}
