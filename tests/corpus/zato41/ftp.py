# A file by FTP.
from zato.server.service import Service


class Files(Service):
    name = 'corpus.ftp'

    def handle(self):
        self.response.payload = self.ftp['Files'].list('/')
