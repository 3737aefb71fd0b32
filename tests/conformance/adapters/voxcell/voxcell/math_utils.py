"""Array helpers, of which this library offers none."""
