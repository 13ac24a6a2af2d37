"""What lies in a project's folders: services, user configuration, and what changes there."""
