"""The peers, and the atlases on which they are asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from napari_atlas_explorer.atlases.sample import sample_folder

from .peers import Peer, answering


@pytest.fixture(scope="session")
def voxcell() -> Iterator[Peer]:
    with answering("voxcell") as peer:
        yield peer


@pytest.fixture(scope="session")
def brainglobe() -> Iterator[Peer]:
    with answering("brainglobe") as peer:
        yield peer


@pytest.fixture(scope="session")
def brainglobe3() -> Iterator[Peer]:
    with answering("brainglobe3", "brainglobe") as peer:
        yield peer


@pytest.fixture(scope="session")
def allensdk() -> Iterator[Peer]:
    with answering("allensdk") as peer:
        yield peer


@pytest.fixture(scope="session")
def sample() -> Path:
    """Folder of the sample atlas, in the VoxelBrain layout."""
    return sample_folder()
