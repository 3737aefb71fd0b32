"""The dock that makes packages."""
