# Names that files may have.
# answer: {"name": "My_order__1_"}
from zato.common.util.file_system import fs_safe_name
from zato.server.service import Service


class Names(Service):
    name = 'corpus.fs_safe_name'

    def handle(self):
        self.response.payload = {'name': fs_safe_name('My order (1)')}
