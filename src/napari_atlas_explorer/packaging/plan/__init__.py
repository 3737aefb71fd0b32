"""What goes into a package, worked out before anything is written."""
