"""Files of an atlas's package (voxcell): methods of an `Atlas`, which binds them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ArgumentError
from ..package import Dataset
from ..peer_names import accept_keywords

if TYPE_CHECKING:
    from .atlas import Atlas


def require_dataset(atlas: Atlas, name: str) -> Dataset:
    """Return a dataset by name, or raise with the names that there are."""
    dataset = atlas.package.datasets.get(name)
    if dataset is None:
        raise ArgumentError(
            f"atlas {atlas.name} has no dataset {name!r}; it has {', '.join(atlas.datasets)}"
        )
    return dataset


@accept_keywords(data_type="name")
def fetch_data(atlas: Atlas, name: str) -> Path:
    """Return the file of a dataset; nothing is downloaded.

    Raises
    ------
    ArgumentError
        If there is no such dataset, or it is in memory.

    Examples
    --------
    >>> atlas.fetch_data("reference").name
    'reference.nrrd'
    """
    path = require_dataset(atlas, name).path
    if path is None:
        raise ArgumentError(f"dataset {name!r} of atlas {atlas.name} is in memory, in no file")
    return path


def fetch_hierarchy(atlas: Atlas) -> Path:
    """Return the file of the hierarchy; nothing is downloaded.

    Raises
    ------
    ArgumentError
        If the hierarchy is from no file of its own.

    Examples
    --------
    >>> atlas.fetch_hierarchy().name
    'hierarchy.json'
    """
    if atlas.package.region_file is None:
        raise ArgumentError(f"the hierarchy of atlas {atlas.name} is from no file of its own")
    return atlas.package.region_file
