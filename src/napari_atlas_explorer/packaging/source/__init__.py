"""What a package is made of, and what is asked of it."""
