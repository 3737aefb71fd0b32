"""The table of frames from bregma in docs/coordinates.md is that of the code.

``ATLAS_EXPLORER_WRITE_DOCS=1`` writes it anew.
"""

import os
from pathlib import Path

from napari_atlas_explorer.core.space.bregma import TRANSFORMS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "coordinates.md"
START, END = "<!-- frames: start -->", "<!-- frames: end -->"


def test_the_table_is_that_of_the_code():
    rows = [
        "| Frame | Axes, in order | Bregma in the CCF, µm | Nose lifted by | Scale | Source |",
        "|---|---|---|---|---|---|",
    ]
    for t in TRANSFORMS:
        ap, dv, ml = t.bregma_um
        axes = ", ".join(str(axis) for axis in t.axes)
        scaled = zip(t.axes, t.scale, strict=True)
        scale = ", ".join(f"{axis.name} {factor:g}" for axis, factor in scaled if factor != 1)
        rows.append(
            f"| `{t.name}` | {axes} | AP {ap:g}, DV {dv:g}, ML {ml:g} | {t.pitch:.3g}° | "
            f"{scale or 'none'} | {t.source} |"
        )
    head, rest = PAGE.read_text("utf-8").split(START)
    _, tail = rest.split(END)
    page = f"{head}{START}\n" + "\n".join(rows) + f"\n{END}{tail}"
    if os.environ.get("ATLAS_EXPLORER_WRITE_DOCS"):
        PAGE.write_text(page, "utf-8")
    assert page == PAGE.read_text("utf-8")
