"""The language of queries for regions."""
