"""Figures of an atlas for print, and the QA report as a page; no display needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.lazy_names import lazy_names

if TYPE_CHECKING:
    from .certificate import write_certificate
    from .plates_file import save_plates
    from .qa_report import qa_page
    from .snapshot_file import save_snapshot
    from .style import Style

__all__ = ["Style", "qa_page", "save_plates", "save_snapshot", "write_certificate"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "Style": ".style",
        "qa_page": ".qa_report",
        "save_plates": ".plates_file",
        "save_snapshot": ".snapshot_file",
        "write_certificate": ".certificate",
    },
)
