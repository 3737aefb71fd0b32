"""Two atlases of one space: the same point in both, and where they disagree."""
