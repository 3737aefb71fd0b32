"""What is asked of an atlas, without a window; one folder for each kind of question."""
