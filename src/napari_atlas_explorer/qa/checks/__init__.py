"""The checks: each module one subject, and facts that several checks share."""
