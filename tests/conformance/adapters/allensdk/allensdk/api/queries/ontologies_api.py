"""Queries of the network, of which this library makes none."""


class OntologiesApi:
    """Name that the tests of the structure tree import and do not use."""
