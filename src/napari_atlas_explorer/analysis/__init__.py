"""Use cases without a screen, one folder each."""
