"""The command line `atlas-explorer`: one module per command, imported when it is run."""
