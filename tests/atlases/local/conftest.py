"""A home folder of its own for each test."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder with the settings and the cache in it."""
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ATLAS_EXPLORER_CONFIG", str(tmp_path / "config"))
    monkeypatch.delenv("ATLAS_EXPLORER_ATLASES", raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    return tmp_path
