"""One folder or module per file format: bytes to core objects; untrusted input is checked here."""
