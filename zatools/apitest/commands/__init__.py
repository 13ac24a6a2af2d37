"""The commands of `apitest`: plain functions with plain arguments."""
