"""Publishing and subscribing: topics, their messages, and who gets them."""
