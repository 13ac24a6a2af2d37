"""What each command does: plain functions with plain arguments, one module a command."""
