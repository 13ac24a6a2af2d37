# HL7 over MLLP.
# answer: {"is_accepted": true}
from zato.server.service import Service

MESSAGE = 'MSH|^~\\&|SHOP|MAIN|WARD|EAST|20260101120000||ADT^A01|7|P|2.5\rPID|1||123\r'


class Sends(Service):
    name = 'corpus.mllp'

    def handle(self):
        self.response.payload = {'is_accepted': 'MSA|AA|7' in self.mllp['Ward'].send(MESSAGE)}
