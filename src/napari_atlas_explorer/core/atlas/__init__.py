"""`Atlas`, and the functions that its methods call."""
