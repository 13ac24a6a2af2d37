# Sends mail.
# answer: {"sent": true}
from zato.common.api import SMTPMessage
from zato.server.service import Service


class Mails(Service):
    name = 'corpus.email_smtp'

    def handle(self):
        message = SMTPMessage()
        message.subject = 'Your order'
        message.to = 'ada@example.com'
        message.from_ = 'shop@example.com'
        message.body = 'It is on its way.'
        conn = self.email.smtp.get('Mail').conn
        self.response.payload = {'sent': conn.send(message)}
