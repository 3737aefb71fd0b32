"""Files of points: tables and JSON."""
