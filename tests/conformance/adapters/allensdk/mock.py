"""The package ``mock``, which has been part of Python since version 3.3."""

from unittest.mock import MagicMock, patch

__all__ = ["MagicMock", "patch"]
