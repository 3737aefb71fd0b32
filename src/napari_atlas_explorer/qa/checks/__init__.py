"""Checks, one module per subject, and facts that several checks share."""
