# AWS S3, by the calls of boto 2.
# answer: {"text": "Hello", "names": ["orders/1.txt"]}
from zato.server.service import Service


class Keeps(Service):
    name = 'corpus.aws_s3'

    def handle(self):
        with self.cloud.aws.s3['Files'].conn.client() as client:
            bucket = client.create_bucket('orders')
            key = bucket.new_key('orders/1.txt')
            key.set_contents_from_string('Hello')
            found = bucket.get_key('orders/1.txt').get_contents_as_string(encoding='utf-8')
            self.response.payload = {'text': found, 'names': [one.name for one in bucket.list()]}
