"""What each command of `apitest` does: plain functions with plain arguments."""
