"""Definition files, read into a State and written from one."""
