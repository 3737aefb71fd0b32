"""One folder or module per file format: bytes to core objects. Hostile input stops here."""
