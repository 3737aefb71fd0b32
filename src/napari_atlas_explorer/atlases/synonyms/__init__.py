"""Tables of synonyms of regions, one for each species, and the user's own."""
