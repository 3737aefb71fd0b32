"""Columns of region tables: which holds ids, names, acronyms, colors, parents, hemispheres."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .cells import clean, is_number, is_range, parse_color, parse_hemisphere, parse_id

ALIASES: dict[str, tuple[str, ...]] = {
    "id": (
        *("id", "structureid", "regionid", "labelid", "labelvalue", "labelindex", "labelnumber"),
        *("voxelvalue", "pixelvalue", "roiid"),
        # An index may count the rows where another column has the ids.
        *("index", "idx", "label", "value", "stackid", "annotationvalue", "identifier"),
        *("intensity", "roi", "region", "structure", "number", "no", "nr", "nummer"),
    ),
    "acronym": (
        *("acronym", "abbreviation", "abbrev", "abbr", "shortname", "short", "symbol"),
        *("abkurzung", "abk", "kurzel", "abreviation", "abreviatura", "abbreviazione", "sigle"),
        *("sigla", "acronyme", "acronimo"),
    ),
    "name": (
        *("name", "labelname", "region", "regionname", "structure", "structurename", "fullname"),
        *("longname", "description", "safename", "anatomicalname", "segment", "roiname", "roi"),
        *("label", "bezeichnung", "struktur", "nom", "nombre", "nome", "estructura", "struttura"),
    ),
    "parent_structure_id": (
        *("parentstructureid", "parentid", "parent", "parentindex", "parentidentifier"),
        *("parentacronym", "parentname", "parentlabel", "parentabbreviation"),
    ),
    "structure_id_path": ("structureidpath", "idpath", "rootidentifierpath"),
    "color": (
        *("colorhextriplet", "color", "colour", "hex", "colorhex", "hexcolor", "hexcode"),
        *("rgbhex", "rgbtriplet", "rgb", "colorrgb", "farbe", "couleur", "colore", "cor"),
    ),
    "graph_order": ("graphorder",),
    "hemisphere": ("hemisphere", "hemi", "side", "laterality", "hemisphare", "seite", "cote"),
}
"""Heads of columns, without case, accents, blanks and underscores, the likeliest first."""

RGB = (
    *(("r", "g", "b"), ("red", "green", "blue"), ("colorr", "colorg", "colorb")),
    *(("rgb1", "rgb2", "rgb3"), ("rgbr", "rgbg", "rgbb"), ("colorred", "colorgreen", "colorblue")),
)
SIDE_IDS = {
    side: re.compile(rf"(?:{words})(?:hemisphere)?({what})s?|({what})(?:{words})")
    for side, words, what in (
        ("left", "left|lh|l", "label|id|index|value|labelvalue|labelid"),
        ("right", "right|rh|r", "label|id|index|value|labelvalue|labelid"),
    )
}

MOSTLY = 0.5
"""Share of filled cells that must be whole numbers in a column of ids."""


@dataclass(frozen=True)
class Columns:
    """Places of the columns of a table.

    Attributes
    ----------
    fields
        Heads of the columns as written.
    ids
        Column of ids for "" (both or no hemisphere), "left" and "right".
    places
        Column of each role; the keys of `ALIASES` except "id".
    rgb
        Columns of red, green and blue.
    others
        Heads of further columns that could be the ids.
    """

    fields: tuple[str, ...]
    ids: dict[str, int]
    places: dict[str, int]
    rgb: tuple[int, int, int] | None
    others: tuple[str, ...] = ()

    @property
    def recognized(self) -> int:
        """Number of columns with a role."""
        return len(self.ids) + len(self.places) + 3 * (self.rgb is not None)

    def shifted(self) -> Columns:
        """Return the columns of rows with one cell more in front, without a head."""
        places = {role: at + 1 for role, at in self.places.items()}
        if "stackid" in [fold(self.fields[at]) for at in self.ids.values()]:
            places.setdefault("acronym", 0)  # as in Virtual Fly Brain's table of merged sides
        return replace(
            self,
            fields=("", *self.fields),
            ids={side: at + 1 for side, at in self.ids.items()},
            places=places,
            rgb=None if self.rgb is None else (self.rgb[0] + 1, self.rgb[1] + 1, self.rgb[2] + 1),
        )


def fold(field: str) -> str:
    """Return a head without case, accents, signs and blanks: "Structure ID" is "structureid"."""
    plain = unicodedata.normalize("NFKD", field.strip().casefold())
    return re.sub(r"[^\w]|_", "", "".join(c for c in plain if not unicodedata.combining(c)))


def find_columns(fields: Sequence[str], rows: Sequence[Sequence[str]]) -> Columns | None:
    """Find the columns of a table from its header and rows; None without ids or names.

    A column that may hold ids or names ("label", "region") holds ids where most of its cells are
    whole numbers.
    """
    folded: dict[str, int] = {}
    for k, field in enumerate(fields):
        folded.setdefault(fold(field), k)
    sides = {
        side: k
        for side, head in SIDE_IDS.items()
        for name, k in folded.items()
        if head.fullmatch(name) and _holds_ids(rows, k)
    }
    stated = [folded[a] for a in ALIASES["id"] if a in folded]
    ids = [k for k in stated if _holds_ids(rows, k)]
    # No cell is an id: the error will quote the first of them.
    ids = ids or [k for k in stated if fold(fields[k]) not in ALIASES["name"]]
    if len(sides) == 2:
        used = sides  # a column "index" beside them counts the rows
    elif ids:
        used = {"": ids[0]}
    else:
        return None
    places: dict[str, int] = {}
    for role, aliases in ALIASES.items():
        for alias in aliases if role != "id" else ():
            at = folded.get(alias)
            if at is None or at in (*used.values(), *places.values()):
                continue
            if role == "name" and alias in ALIASES["id"] and rows and _holds_ids(rows, at):
                continue  # another column of ids
            places[role] = at
            break
    _find_short_names(places, used, folded, rows)
    if not {"name", "acronym"} & set(places):
        return None
    rgb = next((cs for cs in RGB if all(c in folded for c in cs)), None)
    at_rgb = None if rgb is None else (folded[rgb[0]], folded[rgb[1]], folded[rgb[2]])
    free = [k for k in ids[1:] if k not in (*places.values(), *used.values())]
    others = tuple(fields[k].strip() for k in free) if "" in used else ()
    return Columns(tuple(fields), used, places, at_rgb, others)


def _find_short_names(
    places: dict[str, int],
    ids: dict[str, int],
    folded: dict[str, int],
    rows: Sequence[Sequence[str]],
) -> None:
    """Find acronyms that go by other heads."""
    taken = {*ids.values(), *places.values()}
    if "acronym" in places:
        return
    if folded.get("stackid") in ids.values() and 0 not in taken:
        places["acronym"] = 0  # Virtual Fly Brain heads its short names with the volume's name.
    label = folded.get("label")
    free = label is not None and label not in taken and not _holds_ids(rows, label)
    if label is not None and free and "hemisphere" in places:
        # Beside a structure and its hemisphere, the label is what tells the two sides apart.
        places["acronym"] = label


def _holds_ids(rows: Sequence[Sequence[str]], at: int) -> bool:
    cells = [c for row in rows if at < len(row) and (c := clean(row[at]))]
    ids = sum(parse_id(c) is not None or is_range(c) for c in cells)
    return ids > MOSTLY * len(cells) or not rows


def infer_columns(rows: Sequence[Sequence[str]]) -> Columns | None:
    """Find the columns of a table without a header from all of its cells.

    The first holds ids. The first column of text is the name, or of two whose cells all differ
    the longer one, and the shorter the acronym. Three or four columns of numbers are a color.
    """
    width = max(map(len, rows), default=0)
    cells: list[list[str]] = [[] for _ in range(width)]
    for row in rows:
        for k, cell in enumerate(row):
            if text := clean(cell):
                cells[k].append(text)
    numbers = [bool(cells[k]) and all(map(is_number, cells[k])) for k in range(width)]
    texts: list[int] = []
    places: dict[str, int] = {}
    for k in range(1, width):
        if not cells[k] or numbers[k]:
            continue
        if all(parse_hemisphere(c) for c in cells[k]):
            places.setdefault("hemisphere", k)
        elif texts and all(parse_color(c) for c in cells[k]):
            places.setdefault("color", k)
        else:
            texts.append(k)
    if not texts:
        return None
    # Of two columns in which all cells differ the longer one is the name; a class such as
    # "gray matter" recurs.
    differ = [k for k in texts if len(set(cells[k])) == len(cells[k])][:2] or texts[:1]
    differ.sort(key=lambda k: -sum(map(len, cells[k])))
    places["name"] = differ[0]
    if len(differ) > 1:
        places["acronym"] = differ[1]
    rgb = _find_channels(cells, numbers)
    fields = ["id", *(f"column {k + 1}" for k in range(1, width))]
    for k in rgb or ():
        fields[k] = ""
    return Columns(tuple(fields), {"": 0}, places, rgb)


def _find_channels(
    cells: Sequence[Sequence[str]], numbers: Sequence[bool]
) -> tuple[int, int, int] | None:
    """Return the first three of three or four neighboring columns of numbers up to 255."""
    k = 1
    while k < len(numbers):
        end = next((n for n in range(k, len(numbers)) if not numbers[n]), len(numbers))
        channels = [float(c) for column in cells[k:end] for c in column]
        if end - k in (3, 4) and all(0 <= c <= 255 for c in channels):
            return k, k + 1, k + 2
        k = end + 1
    return None
