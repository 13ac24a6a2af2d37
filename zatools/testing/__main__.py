"""`python -m zatools.testing` is `python -m unittest` for tests that import `zato_testing` or `zato`."""

from unittest import main

from zatools.server.api.modules import stand_in

stand_in()
main(module=None)
