# What the other side refuses ends the call.
# status: 400
from zato.server.service import RESTAdapter


class GetOrders(RESTAdapter):
    name = 'corpus.rest_adapter_failing'
    conn_name = 'Backend'
    max_retries = 1
    retry_sleep_time = 0

    def get_query_string(self, params):
        return {'status': 404}
