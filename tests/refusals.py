"""What every refusal owes its reader: one line that names what was wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from napari_atlas_explorer import AtlasError


@contextmanager
def refused(
    *words: object, by: type[AtlasError] = AtlasError, remedy: str | None = None
) -> Iterator[None]:
    """Expect an `AtlasError` whose message is one line and holds all of these words."""
    with pytest.raises(by) as caught:
        yield
    message = str(caught.value)
    assert message.strip()
    assert "\n" not in message
    assert "\r" not in message
    for word in words:
        assert str(word) in message
    if remedy is not None:
        assert caught.value.remedy == remedy
