# Dropbox.
# answer: {"size": 5}
from zato.server.service import Service


class Keeps(Service):
    name = 'corpus.dropbox_files'

    def handle(self):
        with self.cloud.dropbox.get('Files').conn.client() as client:
            client.files_upload(b'Hello', '/hello.txt')
            about, response = client.files_download('/hello.txt')
            self.response.payload = {'size': len(response.content)}
