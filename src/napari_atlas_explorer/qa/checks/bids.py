"""Checks of an atlas in BIDS: its description, its table of labels, its space.

The rules are those of the BIDS specification's chapters on templates and atlases (BEP 38) and
on segmentations: ``atlas-<label>_description.json`` must hold Name and License;
``*_dseg.tsv`` needs the columns index and name; SpatialReference states which space the labels are
in, and must be there where the file's name does not (``tpl-``, ``space-``).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...core.errors import AtlasError
from ...core.regions.rows import as_id
from ...core.text import listed
from ...formats.common.text import load_json
from ...formats.tables.regions import read_text
from ..check import CheckGroup, Limits, NotRunError
from ..finding import Anchor, Finding, FindingVoxels, Severity
from ..subject import Subject

DSEG = re.compile(r"^(?P<stem>.+)_dseg\.nii(?:\.gz)?$")
ENTITY = re.compile(r"(?:^|_)([a-z]+)-([A-Za-z0-9+]+)")
LEVELS_ABOVE = 4
"""Folders above the image that may hold a description or table (pipeline/tpl/cohort/anat)."""

DESCRIPTION: tuple[tuple[str, Severity], ...] = (
    ("Name", "warning"),
    ("License", "warning"),
    ("Description", "info"),
    ("Authors", "info"),
)
"""Keys of a description: required ones are warnings, recommended ones notes."""

NEEDS = ("BIDS atlas",)
check = CheckGroup("bids", NEEDS, "quick")


class BidsImage:
    """Segmentation named as BIDS requires, and its sidecar files.

    Attributes
    ----------
    path
        The image.
    entities
        Its name's entities, such as {"atlas": "AAL", "res": "1"}.
    """

    def __init__(self, path: Path, stem: str) -> None:
        self.path = path
        self.entities = dict(ENTITY.findall(stem))

    @property
    def folders(self) -> list[Path]:
        """Folders that may hold sidecars: the image's and those above, nearest first."""
        folders = [self.path.parent]
        for above in list(self.path.parent.parents)[:LEVELS_ABOVE]:
            if (folders[-1] / "dataset_description.json").is_file():
                break
            folders.append(above)
        return folders

    def sidecar(self, suffix: str) -> Path | None:
        """Find the nearest file whose entities are all the image's (inheritance principle)."""
        for folder in self.folders:
            fitting = []
            for path in folder.glob(f"*dseg{suffix}"):
                entities = dict(ENTITY.findall(path.name.removesuffix(suffix)))
                if entities.items() <= self.entities.items():
                    fitting.append((len(entities), path))
            if fitting:
                return max(fitting)[1]
        return None

    def description(self) -> Path | None:
        """Return ``atlas-<label>_description.json`` of the atlas."""
        label = self.entities.get("atlas")
        names = f"atlas-{label}_description.json" if label else "atlas-*_description.json"
        candidates = (p for folder in self.folders for p in sorted(folder.glob(names)))
        return next(candidates, None)


def bids_image(subject: Subject) -> BidsImage:
    """Return the annotation as a BIDS segmentation, or raise `NotRunError`."""
    package = subject.raw.package
    path = None if package is None else package.datasets[package.annotation].path
    match = DSEG.match(path.name) if path is not None else None
    if path is None or match is None:
        raise NotRunError("no BIDS atlas")
    image = BidsImage(path, match["stem"])
    if "atlas" not in image.entities and "tpl" not in image.entities:
        raise NotRunError("no BIDS atlas")
    return image


@check("bids-description", "warning", "Description without name or license")
def check_description(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield what the atlas's description lacks."""
    image = bids_image(subject)
    path = image.description()
    if path is None:
        name = f"atlas-{image.entities.get('atlas', '<label>')}_description.json"
        yield Finding(
            f"There is no {name} in the image's folder or above: name and license of the atlas are "
            f"not stated.",
            anchor=Anchor(file=name),
            fix=f"Write {name} with at least Name and License.",
        )
        return
    data = _load_json_object(path)
    for key, severity in DESCRIPTION:
        if not data.get(key):
            word = "requires" if severity == "warning" else "recommends"
            yield Finding(
                f"{path.name} has no {key}, which BIDS {word}.",
                anchor=Anchor(file=path.name, key=key),
                fix=f"Add {key} to {path.name}.",
                severity=severity,
            )


@check(
    "bids-table",
    "error",
    "Table that does not list the labels of the image",
    needs=(*NEEDS, "annotation"),
    cost="pass",
)
def check_table(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield ids of the image that the table does not list, and the other way round."""
    image = bids_image(subject)
    path = image.sidecar(".tsv")
    if path is None:
        yield Finding(
            f"There is no dseg.tsv that names the labels of {image.path.name}.",
            anchor=Anchor(file=image.path.name, key="dseg.tsv"),
            fix="Write a dseg.tsv with the columns index and name.",
        )
        return
    rows = list(csv.DictReader(io.StringIO(read_text(path), newline=""), delimiter="\t"))
    columns = set(rows[0]) if rows else set()
    for column in ("index", "name"):
        if column not in columns:
            yield Finding(
                f"{path.name} has no column {column!r}, which BIDS requires.",
                anchor=Anchor(file=path.name, key=column),
                fix=f"Add the column {column!r}.",
            )
    if "index" in columns:
        yield from _compare_indices(subject, path, _read_indices(rows))


def _read_indices(rows: list[dict[str, Any]]) -> dict[int, str]:
    """Return the name of each index of a table; background and invalid cells are left out."""
    names = {}
    for row in rows:
        try:
            index = as_id(row["index"])
        except AtlasError:
            continue
        if index:
            names[index] = str(row.get("name") or index)
    return names


def _compare_indices(subject: Subject, path: Path, indices: Mapping[int, str]) -> Iterator[Finding]:
    rank_volume = subject.ranks
    present = {int(rank_volume.ids[k]): int(k) for k in np.flatnonzero(rank_volume.counts) if k}
    for region_id in sorted(set(present) - set(indices)):
        rank = present[region_id]
        marked = FindingVoxels(ranks=(rank,))
        count = int(rank_volume.counts[rank])
        yield Finding(
            f"{count} voxels of the image have the value {region_id}, which is not in {path.name}.",
            (region_id,),
            count,
            Anchor.at(marked.positions(rank_volume), rank_volume.raw.shape, node=region_id),
            "Add the label to the table, or correct the voxels.",
            marked=marked,
        )
    absent = sorted(set(indices) - set(present))
    if absent:
        yield Finding(
            f"{len(absent)} label{'s' if len(absent) > 1 else ''} of {path.name} "
            f"{'have' if len(absent) > 1 else 'has'} no voxel in the image: "
            f"{listed(f'{indices[i]} ({i})' for i in absent)}.",
            tuple(absent),
            len(absent),
            Anchor(node=absent[0], file=path.name, key=str(absent[0])),
            "Remove them from the table, or find out where they were lost.",
            severity="warning",
            key="absent",
        )


@check("bids-space", "warning", "Space of the labels not stated")
def check_space(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield an image whose space is not stated."""
    image = bids_image(subject)
    named = image.entities.get("space") or image.entities.get("tpl")
    path = image.sidecar(".json")
    if path is not None and _load_json_object(path).get("SpatialReference"):
        return
    where = f"{path.name} has no SpatialReference" if path else "There is no sidecar dseg.json"
    yield Finding(
        f"{where}, "
        + (
            f"only the file's name states the space {named}."
            if named
            else "and the file's name does not state the labels' space."
        ),
        anchor=Anchor(file=path.name if path else image.path.name, key="SpatialReference"),
        fix="Add SpatialReference: the reference image's file or address.",
        severity="info" if named else "warning",
    )


def _load_json_object(path: Path) -> Mapping[str, Any]:
    try:
        data = load_json(path)
    except AtlasError as exc:
        raise NotRunError(f"{path.name} cannot be read ({exc})") from exc
    return data if isinstance(data, dict) else {}
