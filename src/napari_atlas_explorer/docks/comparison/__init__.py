"""The dock that compares atlases."""
