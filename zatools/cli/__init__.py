"""The command lines of `zato`, `zatools` and `apitest`: parse, call one command, turn errors into exit codes."""
