"""Configuration as code and plain-English API tests for integration platforms."""

__version__ = '0.1.0'
