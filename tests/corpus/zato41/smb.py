# Files by SMB.
# answer: {"names": ["a.txt"], "text": "Hello"}
from zato.server.service import Service


class Files(Service):
    name = 'corpus.smb'

    def handle(self):
        files = self.smb['Files']
        files.write('files/a.txt', 'Hello')
        names = [one.name for one in files.list('files')]
        self.response.payload = {'names': names, 'text': files.read('files/a.txt').decode()}
