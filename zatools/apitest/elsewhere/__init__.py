"""Features made of what other tools have written: curl lines, HAR, OpenAPI, Postman and Hurl files."""
