"""Shared parts of the docks: background jobs, places, colors, small widgets."""
