"""Numbers by region: of images, and the table of regions."""
