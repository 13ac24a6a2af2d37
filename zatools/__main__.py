"""`python -m zatools` is `zato`."""

from zatools.cli.start import main

main()
