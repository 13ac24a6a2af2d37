"""The page of the local server: what runs in it, what it was asked last, and what it logs."""
