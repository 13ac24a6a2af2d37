"""Running features: which, in what order, in which process; scenarios, their steps, the project's own code."""
