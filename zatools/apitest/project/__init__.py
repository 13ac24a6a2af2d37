"""A project on the disk: its folder, its config.ini, files of variables."""
