# -*- coding: utf-8 -*-

# Zato
from zato.server.service import Service

# ##############################################################################

class Report(Service):
    """ Is run by a job, and publishes a report to a topic.
    """
    name = 'fraud.report'

    def handle(self):

        # What the report is about
        topic = '/fraud/reports'

        # Publish it, to whoever is subscribed ..
        self.pubsub.publish(topic, 'No fraud in the last hour')

        # .. and tell our caller.
        self.response.payload = 'Published to {}'.format(topic)

# ##############################################################################

class Desk(Service):
    """ Is subscribed to the topic, and gets its messages.
    """
    name = 'fraud.desk'

    def handle(self):
        for message in self.request.payload:
            self.logger.info('Fraud desk received: %s', message.data)

# ##############################################################################
