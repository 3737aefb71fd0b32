"""Qt docks: thin views over the plain models in ``plugin``."""
