"""One module per layout of atlas packages: folders to `Package` objects."""
