"""Tables of regions, of labels and of values by region."""
