"""What can be said of features before anything runs."""
