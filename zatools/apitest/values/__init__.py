"""Values: read from texts, compared, found by a path, made by chance; nothing here knows of a run."""
