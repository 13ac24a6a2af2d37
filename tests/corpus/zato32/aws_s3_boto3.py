# AWS S3, by boto3.
# answer: {"text": "Good day"}
from zato.server.service import Service


class Keeps(Service):
    name = 'corpus.aws_s3_boto3'

    def handle(self):
        with self.cloud.aws.s3['Files'].conn.client() as client:
            client.create_bucket(Bucket='letters')
            client.put_object(Bucket='letters', Key='a.txt', Body=b'Good day')
            found = client.get_object(Bucket='letters', Key='a.txt')
            self.response.payload = {'text': found['Body'].read().decode()}
