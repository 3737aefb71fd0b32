"""Query language for regions."""
