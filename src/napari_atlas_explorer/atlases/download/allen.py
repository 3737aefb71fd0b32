"""Allen Institute's mouse CCF: addresses and known facts of its files.

Addresses are those of the institute's public archive
(https://download.alleninstitute.org/informatics-archive/current-release/mouse_ccf/) and of its
service's ontology. What is fetched is under the Allen Institute's terms of use. Nothing is asked
here.
"""

from __future__ import annotations

import os
import re

from .allen_client import BASE_URL, RESOLUTIONS, TERMS
from .sources import OnlineAtlas, OnlineFile

FILES_VARIABLE = "ATLAS_EXPLORER_ALLEN_FILES"
SERVICE_VARIABLE = "ATLAS_EXPLORER_ALLEN_API"
"""They name mirrors of the two addresses."""
FILES_URL = "https://download.alleninstitute.org/informatics-archive/current-release/mouse_ccf"
ONTOLOGY = "api/v2/structure_graph_download/1.json"

YEARS = ("2017", "2022")
USUAL_YEAR = "2017"
"""Release of the annotation for a name without a year: the one in common use."""
NAME = re.compile(r"(?P<stem>allen_ccf_(?P<size>10|25|50|100)um)(?:_(?P<year>2017|2022))?")

KNOWN_SHA256 = {
    (
        "2017",
        "annotation_100.nrrd",
    ): "451e6a82f531d3db4b58056d024d3e2311703c2adc15cefa75e0268e7f0e69a4",
    (
        "",
        "average_template_100.nrrd",
    ): "6c24cae773a5cf256586b0384af0ac93ad68564d211c9bdcff4bee9acf07786a",
}
"""Those of two files that were at hand, and that brainglobe-atlasapi states for the institute's
downloads as well (atlas_scripts/example_mouse.py). The others are taken on first use."""


def full_name(name: str) -> str:
    """Return the name with the year of release: "allen_ccf_25um" is "allen_ccf_25um_2017"."""
    match = NAME.fullmatch(name)
    return f"{match['stem']}_{match['year'] or USUAL_YEAR}" if match else name


def allen_names() -> list[str]:
    """Return the names of all atlases here, the coarsest first."""
    return [f"allen_ccf_{size}um_{year}" for year in YEARS for size in sorted(RESOLUTIONS)[::-1]]


def allen_atlas(name: str) -> OnlineAtlas | None:
    """Return the files of an atlas; None for an unknown name."""
    match = NAME.fullmatch(full_name(name))
    if match is None:
        return None
    files = (os.environ.get(FILES_VARIABLE) or FILES_URL).rstrip("/")
    service = (os.environ.get(SERVICE_VARIABLE) or BASE_URL).rstrip("/")
    year, size = match["year"], match["size"]
    annotation, template = f"annotation_{size}.nrrd", f"average_template_{size}.nrrd"
    return OnlineAtlas(
        id=match[0],
        # The ontology comes first: it is small, and shows whether the service answers.
        files=(
            OnlineFile("1.json", f"{service}/{ONTOLOGY}", "json"),
            OnlineFile(
                annotation,
                f"{files}/annotation/ccf_{year}/{annotation}",
                "nrrd",
                KNOWN_SHA256.get((year, annotation), ""),
            ),
            OnlineFile(
                template,
                f"{files}/average_template/{template}",
                "nrrd",
                KNOWN_SHA256.get(("", template), ""),
            ),
        ),
        source=match[0],
        must_open=True,
        terms=f"the Allen Institute's terms of use: {TERMS}",
    )
