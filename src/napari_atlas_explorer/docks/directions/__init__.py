"""The dock of directions."""
