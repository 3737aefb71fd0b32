"""Making packages: from ingredients, or from an atlas of another layout."""
