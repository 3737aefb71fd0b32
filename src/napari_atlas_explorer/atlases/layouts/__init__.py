"""One module per layout of atlas packages."""
