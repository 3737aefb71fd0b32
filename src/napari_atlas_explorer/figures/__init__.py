"""Figures of an atlas for print, and the QA report as a page; no display needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.lazy_names import lazy_names

if TYPE_CHECKING:
    from .certificate import write_certificate
    from .qa_report import qa_page
    from .snapshot_file import save_snapshot

__all__ = ["qa_page", "save_snapshot", "write_certificate"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "qa_page": ".qa_report",
        "save_snapshot": ".snapshot_file",
        "write_certificate": ".certificate",
    },
)
