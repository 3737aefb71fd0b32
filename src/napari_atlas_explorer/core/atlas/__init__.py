"""`Atlas`: one module for each group of questions that it answers."""
