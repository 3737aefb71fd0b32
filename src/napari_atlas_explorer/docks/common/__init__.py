"""Shared parts of panel and pages: background jobs, the pages by name, colors, small widgets."""
