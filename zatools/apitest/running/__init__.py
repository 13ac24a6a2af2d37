"""Running features: their selection, order and processes; scenarios and steps; the project's own code."""
