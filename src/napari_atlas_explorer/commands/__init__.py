"""The commands of `atlas-explorer`: one module each, imported when it is run.

Each has ``SUMMARY``, ``add_arguments(parser)`` and ``run(args)``.
"""
