"""Sources of a package, and its options."""
