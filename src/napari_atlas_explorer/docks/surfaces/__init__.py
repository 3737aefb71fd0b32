"""The page of surfaces."""
