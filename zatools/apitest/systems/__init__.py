"""Systems that a call touches besides the API: databases, brokers. Each is opened by a step, and closed in any case."""
