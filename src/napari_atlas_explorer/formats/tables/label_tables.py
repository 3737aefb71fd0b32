"""ITK-SNAP label description files, written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...core.regions.label_description import COLUMNS
from ..common.atomic import atomic_write

if TYPE_CHECKING:
    import pandas as pd


HEADER = """\
################################################
# ITK-SnAP Label Description File
# Columns: IDX  -R-  -G-  -B-  -A--  VIS MSH  LABEL
################################################
"""
CLEAR = (0, 0, 0, 0, 0.0, 0, 0, "Clear Label")


def write_itksnap_table(path: str | Path, table: pd.DataFrame) -> None:
    """Write a table with the columns of `core.regions.label_description`.

    Label 0 is added; quotation marks in names become apostrophes, since the format has no way
    to write them.
    """
    rows = [CLEAR, *table[list(COLUMNS)].sort_values("IDX").itertuples(index=False, name=None)]
    lines = [_format_line(row) for row in rows]
    with atomic_write(path) as temporary:
        temporary.write_text(HEADER + "".join(lines), encoding="utf-8", newline="\n")


def _format_line(row: tuple[object, ...]) -> str:
    number, r, g, b, alpha, visible, mesh, name = row
    label = " ".join(str(name).replace('"', "'").split())
    return f'{number:>5} {r:>4} {g:>4} {b:>4} {alpha:>8g} {visible:>2} {mesh:>2}    "{label}"\n'
