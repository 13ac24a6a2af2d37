"""What runs without being called: jobs at their times, and what services start beside themselves."""
