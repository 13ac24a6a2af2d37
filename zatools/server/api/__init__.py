"""What service files import and see: the platform's Service API, by ours of the same names."""
