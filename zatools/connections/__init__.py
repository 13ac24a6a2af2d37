"""Connections that are pinged, called and published through: HTTP, AMQP, and the doors of running servers."""
