"""`zatools.toml`: the environments of a project by their names, and what each says that flags would say otherwise."""
