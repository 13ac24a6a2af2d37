from lxml import etree
from zato.server.service import Service

ENVELOPE = (
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>{}</soap:Body></soap:Envelope>'
)


class GetOrder(Service):
    """Returns an order: for REST, and for clients of the WebSocket channel."""

    name = 'order.get'
    input = 'order_id'
    output = 'order_id', 'status'

    def handle(self):
        self.response.payload = {'order_id': self.request.input.order_id, 'status': 'shipped'}


class GetOrderBySOAP(Service):
    """Reads the envelope, and answers with one."""

    name = 'order.soap'

    def handle(self):
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        order_id = etree.fromstring(self.request.raw, parser).findtext('.//{urn:orders}id')
        order = self.invoke('order.get', {'order_id': order_id})
        self.response.payload = ENVELOPE.format(f'<status xmlns="urn:orders">{order["status"]}</status>')


class TakeOrder(Service):
    """Gets the order of a partner, who is known by then."""

    name = 'order.take'

    def handle(self):
        self.response.payload = f'Taken from {self.channel.security.username}'


class ImportOrders(Service):
    """Gets files of orders, a line an order."""

    name = 'order.import'

    def handle(self):
        for order_id, status in self.request.payload['data']:
            self.logger.info('Order %s is %s', order_id, status)
