"""Qt docks: thin views over the models of `analysis` and `viewer`."""
