"""Point files: tables and JSON."""
