"""Point files: columns, coordinate frames, counts per region and hemisphere."""
