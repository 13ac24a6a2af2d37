# A class that is a call of a connection.
# answer: {"method": "GET"}
from zato.server.service import RESTAdapter, Service


class GetOrders(RESTAdapter):
    name = 'corpus.rest_adapter'
    conn_name = 'Backend'

    def map_response(self, data, **kwargs):
        return {'method': data['method']}
