"""Plan of a package: its content, computed before anything is written."""
