"""Special methods of `Atlas`: how it is pickled, and shown."""

from __future__ import annotations

from operator import call
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .atlas import Atlas


def reduce_atlas(atlas: Atlas) -> tuple[Any, ...]:
    """Pickle how an atlas was opened, or its package where it was made in memory."""
    if atlas.reopen is not None:
        return call, (atlas.reopen,)
    return type(atlas), (atlas.package,)


def describe_atlas(atlas: Atlas) -> str:
    """Describe name, shape and resolution."""
    size = " × ".join(f"{s:g}" for s in atlas.resolution)
    return f"<Atlas {atlas.name}: {' × '.join(map(str, atlas.shape))} voxels of {size} µm>"
