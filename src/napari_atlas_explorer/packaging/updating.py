"""A new version of a package: what is not said is taken from the one before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..atlases.open import open_atlas
from ..core.atlas import Atlas
from .atlas_metadata import AtlasMetadata
from .source import Source
from .version_update import next_version

OF_THE_VOLUMES = ("orientation", "resolution", "symmetric", "root_id")
"""Fields that follow from the new ingredients, and are never taken from an old package."""


def updated(source: Source, old: str, stated: Mapping[str, Any]) -> tuple[Source, Atlas]:
    """Metadata of the next version, and the atlas before it.

    Parameters
    ----------
    source
        The new ingredients.
    old
        Path of the earlier package.
    stated
        What the user said: it stands, the version too.
    """
    before = open_atlas(old)
    known = AtlasMetadata.from_package_metadata(before.metadata).as_dict()
    known = {k: v for k, v in known.items() if k not in OF_THE_VOLUMES}
    new = {**known, **source.metadata.as_dict()}
    if "version" not in stated and known.get("version"):
        new["version"] = next_version(str(known["version"]))
    return replace(source, metadata=AtlasMetadata.from_mapping(new)), before
