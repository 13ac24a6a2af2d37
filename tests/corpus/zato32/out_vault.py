# Vault.
# answer: {"keys": ["data", "password"]}
from zato.server.service import Service


class Keys(Service):
    name = 'corpus.out_vault'

    def handle(self):
        found = self.out.vault['Safe'].client.read('secret/crm')
        self.response.payload = {'keys': sorted(found['data'])}
