# A class that is a call of a connection.
# send: {"customer": "ada"}
# answer: {"method": "POST", "body": {"name": "ada"}, "query": {"page": "2"}}
from zato.server.service import RESTAdapter


class SaveOrder(RESTAdapter):
    name = 'corpus.rest_adapter'
    conn_name = 'Backend'
    method = 'POST'

    def get_request(self):
        return {'name': self.request.payload['customer']}

    def get_query_string(self, params):
        return {'page': 2}

    def map_response(self, data, **kwargs):
        return {name: data[name] for name in ('method', 'body', 'query')}
