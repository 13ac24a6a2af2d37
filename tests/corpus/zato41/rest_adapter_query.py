# The same with a query string of its own.
# answer: {"query": {"page": "2"}}
from zato.server.service import RESTAdapter, Service


class GetOrders(RESTAdapter):
    name = 'corpus.rest_adapter_query'
    conn_name = 'Backend'
    method = 'GET'

    def get_query_string(self, params):
        return {'page': 2}

    def map_response(self, data, **kwargs):
        return {'query': data['query']}
