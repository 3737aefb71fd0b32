"""Quality checks of a packaged atlas: see `run_qa`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.lazy_names import lazy_names

if TYPE_CHECKING:
    from .check import NotRunError, Threshold, declare_check
    from .config import Config
    from .document import as_document
    from .finding import Finding
    from .run import Report, run_qa

__all__ = [
    "Config",
    "Finding",
    "NotRunError",
    "Report",
    "Threshold",
    "as_document",
    "declare_check",
    "run_qa",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "Config": ".config",
        "Finding": ".finding",
        "NotRunError": ".check",
        "Report": ".run",
        "Threshold": ".check",
        "as_document": ".document",
        "declare_check": ".check",
        "run_qa": ".run",
    },
)
