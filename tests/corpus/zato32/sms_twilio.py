# Text messages by Twilio.
# answer: {"sid": "SM12"}
from zato.server.service import Service


class Tells(Service):
    name = 'corpus.sms_twilio'

    def handle(self):
        conn = self.out.sms.twilio['Alerts'].conn
        self.response.payload = {'sid': conn.messages.create(to='+1', from_='+2', body='Hello').sid}
