"""What commands that move definitions share: files that are read, what is wanted, what it takes."""
