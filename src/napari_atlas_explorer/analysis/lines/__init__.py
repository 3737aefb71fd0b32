"""Streamlines and neurons: regions crossed, and totals."""
