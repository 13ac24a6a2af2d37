# HL7 FHIR.
# answer: {"families": ["Doe 1", "Doe 2"]}
from zato.server.service import Service


class Patients(Service):
    name = 'corpus.hl7_fhir'

    def handle(self):
        with self.out.hl7.fhir['EHR'].conn.client() as client:
            patients = client.resources('Patient').sort('active', '-birthdate')
            self.response.payload = {'families': [one['name'][0]['family'] for one in patients]}
