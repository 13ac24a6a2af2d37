# A file by FTP.
from zato.server.service import Service


class Files(Service):
    name = 'corpus.ftp'

    def handle(self):
        self.response.payload = {'names': self.out.ftp.get('Files').listdir('/')}
