"""The corpus: reports in public trackers, what they describe, and the finding that it should be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import nibabel
import numpy as np

from .. import broken
from ..broken_v3 import ANNOTATION, TERMINOLOGY, delete, values
from .atlases import (
    LABELS,
    ROWS,
    Make,
    averaged,
    bids,
    flattened,
    flipped,
    inverted,
    labels,
    level_transformation,
    manifest_keys,
    moved,
    numbered,
    renamed,
    replaced,
    scaled,
    terminology_rows,
    turned,
    v2,
    v3,
    volume_and_table,
    voxelbrain,
    with_specks,
)

Severity = Literal["error", "warning", "info"]
PRECOMPUTED = f"{ANNOTATION}/annotations.precomputed"


@dataclass(frozen=True)
class Defect:
    """A report, and the finding that it should be.

    Attributes
    ----------
    source
        Repository and number of the report.
    what
        What it describes.
    make
        Writes the smallest atlas with the property.
    code, severity
        Of the finding that is expected; "" where none is possible.
    anchor
        "voxel", "node N", "mesh N" or "file NAME": where the finding leads; "atlas" for what
        is true of all of it.
    """

    source: str
    what: str
    make: Make
    code: str
    severity: Severity
    anchor: str

    @property
    def layout(self) -> str:
        """Which function made it: "v2", "v3" and so on."""
        return self.make.__qualname__.partition(".")[0]


# ---- Changes that one report needs ---------------------------------------------------------------


def _write_image(folder: Path, change) -> None:
    path = next(folder.glob("*.nii.gz"))
    image = nibabel.load(path)
    ids = change(np.asarray(image.dataobj))
    nibabel.save(nibabel.Nifti1Image(ids, image.affine), path)


def _number_table_from_zero(folder: Path) -> None:
    """Number regions 1, 2, … in the image and 0, 1, … in the table."""
    path = next(folder.glob("*.tsv"))
    rows = [line.split("\t") for line in path.read_text().splitlines()]
    old = [int(row[0]) for row in rows[1:]]

    def renumber(ids):
        out = np.zeros_like(ids)
        for n, value in enumerate(old, 1):
            out[ids == value] = n
        return out

    _write_image(folder, renumber)
    body = ["\t".join([str(n), *row[1:]]) for n, row in enumerate(rows[1:])]
    path.write_text("\n".join(["\t".join(rows[0]), *body, ""]))


def _drop_last_row(folder: Path) -> None:
    path = next(folder.glob("*.tsv"))
    path.write_text("\n".join(path.read_text().splitlines()[:-1]) + "\n")


def _drop_table(folder: Path) -> None:
    next(folder.glob("*.tsv")).unlink()


def _set_all(key: str, value: str):
    def change(rows):
        for row in rows.values():
            row[key] = value

    return change


def _set_row(region_id: int, **changes: str):
    return lambda rows: rows[region_id].update(changes)


def _write_reference(array, steps=100.0, **header):
    def do(folder: Path) -> None:
        space = {"space": "posterior-inferior-right", **header}
        broken.write_nrrd(folder / "reference.nrrd", array, steps, **space)

    return do


def _name_sides(left: int, right: int):
    """Rename two regions of one hemisphere each as left and right."""

    def do(folder: Path) -> None:
        broken.volume("annotation", _split_bulb)(folder)
        broken.region(
            507,
            id=left,
            acronym="L_MOB",
            name="left main olfactory bulb",
            structure_id_path=[997, 8, left],
        )(folder)
        broken.more_regions(
            {
                "id": right,
                "acronym": "R_MOB",
                "name": "right main olfactory bulb",
                "structure_id_path": [997, 8, right],
                "rgb_triplet": [1, 99, 200],
            }
        )(folder)

    return do


def _split_bulb(ids: np.ndarray) -> np.ndarray:
    """Give the olfactory bulb an id for each half: 601 in the low half of axis 2, the right."""
    middle = ids.shape[2] // 2
    ids[:, :, :middle][ids[:, :, :middle] == 507] = 601
    ids[:, :, middle:][ids[:, :, middle:] == 507] = 602
    return ids


def _without_low_half(ids: np.ndarray) -> np.ndarray:
    ids[:, :, : ids.shape[2] // 2] = 0
    return ids


def _one_row(sides: np.ndarray) -> np.ndarray:
    """All of one hemisphere but for one row of voxels."""
    out = np.where(sides > 0, 1, 0).astype(np.uint8)
    out[:, 6, :] = np.where(sides[:, 6, :] > 0, 2, 0)
    return out


def _shift_dorsally(ids: np.ndarray) -> np.ndarray:
    """Move a half of the brain: left and right are no mirror images any more."""
    middle = ids.shape[2] // 2
    ids[:, :, middle:] = np.roll(ids[:, :, middle:], 4, axis=1)
    return ids


def _renumber_shifted(ids: np.ndarray) -> np.ndarray:
    return np.where(ids > 0, ids + 1, 0).astype(ids.dtype)


LARGE = {315: 182305689, 549: 182305697, 1097: 312782546, 507: 312782550, 512: 312782554}


def _rounded(ids: np.ndarray) -> np.ndarray:
    out = ids.copy()
    for old, new in LARGE.items():
        out[ids == old] = new
    return out.astype(np.float32).astype(ids.dtype)


def _large_structures(folder: Path) -> None:
    rows = broken.structures()
    for row in rows:
        row["id"] = LARGE.get(row["id"], row["id"])
        row["structure_id_path"] = [LARGE.get(i, i) for i in row["structure_id_path"]]
    broken.write_structures(folder, rows)


# ---- The corpus ----------------------------------------------------------------------------------

BG = "brainglobe/brainglobe-atlasapi"

DEFECTS: tuple[Defect, ...] = (
    # BrainGlobe, v3
    Defect(
        f"{BG}#963",
        "A path that ends at a region that is not defined",
        v3(terminology_rows(_set_row(512, root_identifier_path="[997, 8, 35]"))),
        "hierarchy-path-end",
        "error",
        "node 512",
    ),
    Defect(
        f"{BG}#890",
        "Fragments of meshes are missing",
        v3(delete(f"{PRECOMPUTED}/mesh/315", f"{PRECOMPUTED}/mesh/512")),
        "mesh-missing",
        "warning",
        "node 315",
    ),
    Defect(
        f"{BG}#890 (second)",
        "Segment properties are missing",
        v3(delete(f"{PRECOMPUTED}/segment_properties")),
        "package-file-missing",
        "warning",
        f"file {PRECOMPUTED}/segment_properties/info",
    ),
    Defect(
        f"{BG}#884",
        "Levels of a pyramid without the translation of their centers",
        v3(level_transformation(LABELS, 1, translation=[0.0, 0.0, 0.0])),
        "package-level",
        "warning",
        f"file {LABELS}/s1",
    ),
    Defect(
        f"{BG}#949",
        "No level has the resolution that the manifest states",
        v3(level_transformation(LABELS, 0, scale=[0.1001, 0.1, 0.1])),
        "package-level-size",
        "error",
        f"file {LABELS}",
    ),
    Defect(
        f"{BG}#891",
        "Ids of the annotation that are not in the structures",
        v3(labels(replaced(512, 10350))),
        "label-unknown-id",
        "error",
        "voxel",
    ),
    Defect(
        f"{BG}#878",
        "Two regions with one acronym",
        v3(terminology_rows(_set_row(512, abbreviation="MOB"))),
        "hierarchy-duplicate-acronym",
        "warning",
        f"file {TERMINOLOGY}",
    ),
    Defect(
        f"{BG}#888",
        "All regions are white",
        v3(terminology_rows(_set_all("color_hex_triplet", "#FFFFFF"))),
        "hierarchy-color-duplicate",
        "warning",
        "node 315",
    ),
    Defect(
        f"{BG}#927",
        "The voxel size is 2.5 times too large",
        v3(manifest_keys(species="Ctenophorus decresii")),
        "package-brain-size",
        "warning",
        "file annotations_compressed.ome.zarr",
    ),
    Defect(
        f"{BG}#359",
        "An asymmetric atlas states that it is symmetric",
        v3(labels(_shift_dorsally), manifest_keys(symmetric=True)),
        "symmetry-metadata",
        "warning",
        "atlas",
    ),
    Defect(
        f"{BG}#268",
        "All voxels are of one hemisphere but for a row",
        v3(values(f"{ANNOTATION}/hemispheres.ome.zarr/s0", _one_row)),
        "symmetry-one-hemisphere",
        "error",
        "voxel",
    ),
    Defect(
        f"{BG}#934",
        "The axes run to other sides than stated",
        v3(
            labels(lambda ids: ids[::-1, ::-1]),
            values(
                "templates/handmade_brain-template/1_0/template.ome.zarr/s0",
                lambda v: v[::-1, ::-1],
            ),
        ),
        "package-orientation",
        "warning",
        "node 549",
    ),
    Defect(
        f"{BG}#211",
        "Spurious voxels far from the brain",
        v3(labels(with_specks)),
        "label-isolated-voxel",
        "warning",
        "voxel",
    ),
    # BrainGlobe, v2
    Defect(
        f"{BG}#645",
        "Labels that are missing in structures and meshes",
        v2(broken.volume("annotation", replaced(507, 220))),
        "label-unknown-id",
        "error",
        "voxel",
    ),
    Defect(
        f"{BG}#647",
        "A small region without a mesh",
        v2(broken.remove("meshes/776.obj")),
        "mesh-missing",
        "warning",
        "node 776",
    ),
    Defect(
        f"{BG}#647 (second)",
        "A mesh that is flat",
        v2(broken.mesh(776, flattened)),
        "mesh-extent",
        "warning",
        "mesh 776",
    ),
    Defect(
        f"{BG}#161",
        "Meshes in another coordinate system than the annotation",
        v2(broken.every_mesh(turned)),
        "mesh-extent",
        "warning",
        "mesh 315",
    ),
    Defect(
        f"{BG}#247",
        "Meshes that are scaled wrongly",
        v2(broken.every_mesh(scaled(0.5))),
        "mesh-extent",
        "warning",
        "mesh 315",
    ),
    Defect(
        f"{BG}#251",
        "Meshes that are flipped and scaled",
        v2(broken.every_mesh(flipped)),
        "mesh-extent",
        "warning",
        "mesh 315",
    ),
    Defect(
        f"{BG}#303",
        "Meshes that do not overlap with their labels",
        v2(broken.every_mesh(moved)),
        "mesh-offset",
        "warning",
        "atlas",
    ),
    Defect(
        f"{BG}#172",
        "Meshes with inverted normals",
        v2(broken.mesh(512, inverted)),
        "mesh-inward",
        "warning",
        "mesh 512",
    ),
    Defect(
        f"{BG}#500",
        "A mesh of a whole tract for a region of four voxels",
        v2(broken.mesh(776, scaled(1.6))),
        "mesh-extent",
        "warning",
        "mesh 776",
    ),
    Defect(
        f"{BG}#54",
        "Hemispheres of 0 and 1 instead of 1 and 2",
        v2(broken.volume("hemispheres", lambda v: np.where(v == 2, 0, v))),
        "symmetry-outside",
        "warning",
        "voxel",
    ),
    Defect(
        f"{BG}#282",
        "The metadata state asr, the axes run rai",
        v2(
            broken.volume("annotation", lambda v: v.transpose(2, 0, 1)[:, :, ::-1]),
            broken.volume("reference", lambda v: v.transpose(2, 0, 1)[:, :, ::-1]),
            broken.volume("hemispheres", lambda v: v.transpose(2, 0, 1)[:, :, ::-1]),
            broken.metadata(shape=[36, 40, 32], additional_references=[]),
        ),
        "package-orientation",
        "warning",
        "file metadata.json",
    ),
    Defect(
        f"{BG}#72",
        "Border regions with values of no region",
        v2(broken.volume("annotation", averaged)),
        "label-resampled-id",
        "warning",
        "voxel",
    ),
    Defect(
        f"{BG}#72 (second)",
        "The reference image is not aligned with the annotation",
        v2(broken.volume("reference", lambda v: np.roll(v, 6, axis=0))),
        "reference-foreground",
        "warning",
        "voxel",
    ),
    Defect(
        f"{BG}#441",
        "A reference of small fractions that became zeros as integers",
        v2(broken.volume("reference", lambda v: (v / 40_000).astype(np.uint16))),
        "reference-empty",
        "error",
        "file reference.tiff",
    ),
    Defect(
        f"{BG}#764",
        "A color of 15, 2, 2003",
        v2(broken.region(512, rgb_triplet=[15, 2, 2003])),
        "hierarchy-color-missing",
        "warning",
        "node 512",
    ),
    Defect(
        f"{BG}#758",
        "The metadata state an older version than the package",
        renamed("handmade_brain_100um_v1.1"),
        "package-name",
        "warning",
        "file metadata.json",
    ),
    Defect(
        f"{BG}#528",
        "Upper-case letters in the name of an atlas",
        v2(broken.metadata(name="handmade_mri-MTR")),
        "package-name",
        "warning",
        "file metadata.json",
    ),
    Defect(
        f"{BG}#621",
        "No unit in the name of the package",
        renamed("handmade_brain_100_v1.0"),
        "package-name",
        "warning",
        "file metadata.json",
    ),
    Defect(
        f"{BG}#174",
        "An atlas of one hemisphere",
        v2(broken.volume("annotation", _without_low_half)),
        "symmetry-one-hemisphere",
        "info",
        "atlas",
    ),
    Defect(
        f"{BG}#451",
        "Other ids in the left half than in the right",
        v2(
            broken.volume("annotation", _split_bulb),
            broken.more_regions(
                {
                    "id": 601,
                    "acronym": "m1",
                    "name": "bulb 1",
                    "structure_id_path": [997, 8, 601],
                    "rgb_triplet": [1, 99, 200],
                },
                {
                    "id": 602,
                    "acronym": "m2",
                    "name": "bulb 2",
                    "structure_id_path": [997, 8, 602],
                    "rgb_triplet": [200, 99, 1],
                },
            ),
        ),
        "symmetry-one-hemisphere",
        "warning",
        "voxel",
    ),
    Defect(
        f"{BG}#204",
        "Labels that were interpolated",
        v2(broken.volume("annotation", averaged)),
        "label-resampled-id",
        "warning",
        "voxel",
    ),
    Defect(
        f"{BG}#64",
        "The address of the source is wrong",
        v2(broken.metadata(atlas_link="http://www.brain-map.org.com")),
        "package-metadata-type",
        "warning",
        "file metadata.json",
    ),
    Defect(
        "brainglobe/bg-atlasgen#18",
        "The root has no path",
        v2(broken.region(997, structure_id_path=[])),
        "hierarchy-path-end",
        "error",
        "node 997",
    ),
    Defect(
        f"{BG}#818",
        "Negative ids",
        v2(
            broken.volume("annotation", lambda v: replaced(512, -12)(v.astype(np.int32))),
            broken.region(512, id=-12, structure_id_path=[997, 8, -12]),
        ),
        "hierarchy-id-invalid",
        "error",
        "file structures.json",
    ),
    # Allen
    Defect(
        "AllenInstitute/AllenSDK#945",
        "Ids that single precision has rounded",
        v2(_large_structures, broken.volume("annotation", _rounded)),
        "label-ids-lost",
        "error",
        "voxel",
    ),
    # TemplateFlow, BIDS
    Defect(
        "templateflow/templateflow#16",
        "The table counts from 0, the image from 1",
        bids(_number_table_from_zero),
        "label-shifted",
        "error",
        "voxel",
    ),
    Defect(
        "templateflow/templateflow#16 (second)",
        "A region of the image is not in its table",
        bids(_drop_last_row),
        "bids-table",
        "error",
        "voxel",
    ),
    Defect(
        "templateflow/tpl-MNI152NLin2009cAsym#8",
        "The table is missing",
        bids(_drop_table),
        "bids-table",
        "error",
        "file tpl-handmade_atlas-Brain_res-1_dseg.nii.gz",
    ),
    Defect(
        "templateflow/tpl-MNI152NLin2009cAsym#19",
        "Volumes of another shape than the reference",
        voxelbrain(_write_reference(np.pad(broken.reference(), 3))),
        "package-shape",
        "error",
        "file reference.nrrd",
    ),
    # nilearn, FreeSurfer, FieldTrip
    Defect(
        "nilearn/nilearn#2036",
        "Regions of the table that are not in the image",
        volume_and_table(replaced(512, 0), ROWS),
        "hierarchy-no-voxels",
        "info",
        "node 512",
    ),
    Defect(
        "nilearn/nilearn#5813",
        "All names are shifted by one",
        numbered(_renumber_shifted),
        "label-shifted",
        "error",
        "voxel",
    ),
    Defect(
        "fieldtrip/fieldtrip#1319",
        "The table distinguishes left and right, the image does not",
        volume_and_table(
            lambda v: v,
            [*ROWS, *(f"{int(r.split(',')[0]) + 2000},r{r.split(',')[1]},right" for r in ROWS)],
        ),
        "hierarchy-no-voxels",
        "info",
        "node 2315",
    ),
    Defect(
        "BioMedIA/dhcp-structural-pipeline#3",
        "Values between those of regions at their borders",
        v2(
            broken.volume(
                "annotation",
                lambda v: np.where(np.roll(v, 1, axis=0) != v, v * 0.3, v).astype(np.float32),
            )
        ),
        "label-not-integer",
        "error",
        "voxel",
    ),
    Defect(
        "SuperElastix/elastix#152",
        "Rounded averages of ids at borders",
        voxelbrain(
            lambda f: broken.write_nrrd(
                f / "brain_regions.nrrd",
                averaged(broken.annotation()),
                100.0,
                space="posterior-inferior-right",
            )
        ),
        "label-resampled-id",
        "warning",
        "voxel",
    ),
    Defect(
        "nipreps/petprep#152",
        "Ids that were cut off instead of rounded",
        volume_and_table(replaced(512, 511), ROWS),
        "label-unknown-id",
        "error",
        "voxel",
    ),
    # EBRAINS, QUINT
    Defect(
        "FZJ-INM1-BDA/siibra-explorer#1477",
        "A region called left in the right hemisphere",
        v2(_name_sides(601, 602)),
        "symmetry-wrong-hemisphere",
        "error",
        "voxel",
    ),
    Defect(
        "FZJ-INM1-BDA/siibra-python#332",
        "Regions of the map that are not in the parcellation",
        voxelbrain(
            lambda f: broken.write_nrrd(
                f / "brain_regions.nrrd",
                replaced(512, 4242)(broken.annotation()),
                100.0,
                space="posterior-inferior-right",
            )
        ),
        "label-unknown-id",
        "error",
        "voxel",
    ),
    Defect(
        "openMetadataInitiative/openMINDS_SANDS#164",
        "A region that is its own parent",
        v2(broken.region(512, structure_id_path=[997, 512, 512])),
        "hierarchy-cycle",
        "error",
        "node 512",
    ),
    Defect(
        "LTS5/cmp#129",
        "The brain stem has another id in the volume than in the table",
        volume_and_table(replaced(512, 82), ROWS),
        "label-unknown-id",
        "error",
        "voxel",
    ),
    Defect(
        "neurodata/neuroparc#25",
        "Left and right are exchanged against the names",
        v2(_name_sides(601, 602)),
        "symmetry-wrong-hemisphere",
        "error",
        "voxel",
    ),
    # Others
    Defect(
        "grandjeanlab/MultiRat#1",
        "The annotation does not overlap with the reference",
        voxelbrain(_write_reference(broken.reference(), **{"space origin": [2000.0, 0.0, 0.0]})),
        "package-offset",
        "error",
        "file reference.nrrd",
    ),
    Defect(
        "Slicer/Slicer#2710",
        "All colors are black",
        v2(*(broken.region(i, rgb_triplet=[0, 0, 0]) for i in broken.PARENTS)),
        "hierarchy-color-duplicate",
        "warning",
        "node 315",
    ),
)
