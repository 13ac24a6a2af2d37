from zato.server.service import Service


class Admit(Service):
    """Gets a message of a hospital, and acknowledges it."""

    name = 'patient.admit'

    def handle(self):
        message = self.request.payload
        name = message.pid.patient_name.family_name.value
        self.logger.info('Admitted: %s', name)
        control_id = message.msh.msh_10.value
        self.response.payload = f'MSH|^~\\&|ZATO|HQ|||20260101||ACK|1|P|2.5\rMSA|AA|{control_id}\r'
