"""The OpenAPI document of a server's REST channels."""
