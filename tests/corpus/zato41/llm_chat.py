# A chat with a language model, which Redis keeps.
# answer: {"text": "Heard Hello | Heard Hello | Go on"}
from zato.server.service import Service


class Talks(Service):
    name = 'corpus.llm_chat'

    def handle(self):
        model = self.llm['Model']
        model.chat('Hello', chat_id=self.cid)
        self.response.payload = {'text': model.chat('Go on', chat_id=self.cid)['text']}
