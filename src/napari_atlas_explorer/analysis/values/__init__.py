"""Values by region: image statistics, and the table of regions."""
