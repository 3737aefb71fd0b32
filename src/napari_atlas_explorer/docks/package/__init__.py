"""The dock for making packages."""
