"""The dock of surfaces."""
