"""Facts about the components of BrainGlobe v3 packages that several checks share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...atlases.layouts import brainglobe_v3
from ...atlases.layouts.brainglobe_v2 import additional_references
from ...core.errors import AtlasError, CacheError
from ...formats.common.text import load_json
from ...formats.ome_zarr.reader import OmeZarr, read_ome_zarr_header
from ..check import NotRunError
from ..subject import Subject
from .package_facts import layout_of, metadata_of

KINDS: Mapping[str, str] = {
    "annotation_set": "annotation-sets",
    "template": "templates",
    "terminology": "terminologies",
    "coordinate_space": "coordinate-spaces",
}
"""Folder of each component that a manifest names, by its key."""

ANNOTATION = "annotations_compressed.ome.zarr"
HEMISPHERES = "hemispheres.ome.zarr"
MASKS = "annotations.ome.zarr"
MASK_VALUES = "annotation_values"
PRECOMPUTED = "annotations.precomputed"
TEMPLATE = "template.ome.zarr"


@dataclass(frozen=True)
class Component:
    """Component of a manifest as stated, whether it exists or not.

    Attributes
    ----------
    key
        In the manifest; "additional_references[0]" and so on for further templates.
    kind
        Name of the folder in which components of its kind are.
    entry
        As stated, an empty mapping where it is no object.
    folder
        Its place, None where none is stated or where it is outside the package.
    """

    key: str
    kind: str
    entry: Mapping[str, Any]
    folder: Path | None

    @property
    def location(self) -> str:
        """Location as stated, "" without one."""
        stated = self.entry.get("location")
        return stated if isinstance(stated, str) else ""


@dataclass(frozen=True)
class Components:
    """Components of a package, by key.

    Attributes
    ----------
    root
        Folder that holds ``atlases`` and the components.
    manifest
        File that names them.
    metadata
        Its content.
    by_key
        Component by key, the required ones first.
    """

    root: Path
    manifest: Path
    metadata: Mapping[str, Any]
    by_key: Mapping[str, Component]

    def relative(self, path: Path) -> str:
        """Return a path as findings name it: from the root."""
        return path.relative_to(self.root).as_posix()

    def within(self, key: str, name: str) -> Path | None:
        """Return the path of a file or folder in a component, None where its folder is unknown."""
        folder = self.by_key[key].folder
        return None if folder is None else folder / name

    @property
    def images(self) -> dict[str, Path]:
        """Place of each volume's pyramid by what it shows, existing or not."""
        places = {
            "annotation": self.within("annotation_set", ANNOTATION),
            "hemispheres": self.within("annotation_set", HEMISPHERES),
        }
        for key, component in self.by_key.items():
            if component.kind == KINDS["template"]:
                places[key] = self.within(key, TEMPLATE)
        return {name: place for name, place in places.items() if place is not None}


def components_of(subject: Subject) -> Components:
    """Return the components that a v3 manifest names, even where it cannot be opened."""
    return subject.shared("components", lambda: _read_components(subject))


def pyramid_of(subject: Subject, path: Path, channels: bool = False) -> OmeZarr:
    """Return the metadata of a pyramid, or raise `NotRunError`."""

    def read() -> OmeZarr:
        try:
            return read_ome_zarr_header(path, channels=channels)
        except CacheError:
            raise
        except (AtlasError, OSError) as exc:
            raise NotRunError(f"{path.name} cannot be read ({exc})") from exc

    return subject.shared(f"pyramid {path}", read)


def load_info(path: Path) -> Mapping[str, Any]:
    """Return the object in a JSON file, or raise `NotRunError`."""
    try:
        content = load_json(path)
    except (AtlasError, OSError) as exc:
        raise NotRunError(f"{path.name} cannot be read ({exc})") from exc
    if not isinstance(content, dict):
        raise NotRunError(f"{path.name} holds no object")
    return content


def _read_components(subject: Subject) -> Components:
    if layout_of(subject) != brainglobe_v3.LAYOUT:
        raise NotRunError("the package has no components: its layout is another than BrainGlobe v3")
    metadata, manifest = metadata_of(subject)
    manifest = manifest.resolve()  # the components are found from it, whatever the path was
    root = manifest.parent.parent.parent.parent
    stated = {key: (kind, metadata.get(key)) for key, kind in KINDS.items()}
    for n, entry in enumerate(additional_references(metadata)):
        stated[f"additional_references[{n}]"] = KINDS["template"], entry
    by_key = {}
    for key, (kind, entry) in stated.items():
        made = Component(key, kind, entry if isinstance(entry, dict) else {}, None)
        place = (root / made.location.strip("/")).resolve() if made.location.strip("/") else None
        if place is not None and place.is_relative_to(root):
            made = Component(key, kind, made.entry, place)
        by_key[key] = made
    return Components(root, manifest, metadata, by_key)
