"""Command-line options that state metadata."""

from __future__ import annotations

import argparse
from typing import Any

from ...core.errors import ArgumentError
from .metadata import FIELDS

NAMES = {"atlas_link": "--link", "atlas_packager": "--packager"}

STRICT = ("orientation", "resolution", "root_id", "symmetric")
"""Fields whose rules are not BrainGlobe's own: they hold for every layout."""

METADATA_OPTIONS = tuple(
    (
        NAMES.get(f.key, f"--{f.key.replace('_', '-')}"),
        f.key,
        f"{f.title.lower()}, such as {f.example!r}".replace("%", "%%"),
    )
    for f in FIELDS
)
"""Option, key and help of each field."""


def stated_metadata(args: argparse.Namespace) -> dict[str, Any]:
    """Return the stated texts by BrainGlobe's keys, checked as in a form if for BrainGlobe.

    Raises
    ------
    ArgumentError
        Naming the options, all at once.
    """
    stated: dict[str, Any] = {}
    refused = []
    for (option, key, _), field in zip(METADATA_OPTIONS, FIELDS, strict=True):
        text = getattr(args, f"metadata_{key}", None)
        if text is None:
            continue
        free = getattr(args, "target", None) in ("voxelbrain", "itksnap")
        if not (free and field.key not in STRICT) and (wrong := field.check(text)):
            refused.append(f"{option}: {wrong}")
        stated[key] = text
    if refused:
        raise ArgumentError(" ".join(refused))
    return stated
