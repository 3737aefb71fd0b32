"""One writer per layout."""
