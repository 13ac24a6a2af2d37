# A file by SFTP.
from zato.server.service import Service


class Files(Service):
    name = 'corpus.sftp'

    def handle(self):
        self.response.payload = self.out.sftp['Files'].conn.list('/')
