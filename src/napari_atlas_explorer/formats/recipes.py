"""Mask recipes in file headers, or in a JSON file next to the mask."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from ..core.errors import ArgumentError, AtlasFileError
from ..core.mask_recipe import FORMAT, MaskRecipe
from .common.atomic import atomic_write
from .common.safety import reason_of
from .common.staging import recover_folder
from .common.text import DuplicateKeyError, unique_fields
from .nifti.volumes import read_nifti_comments
from .nrrd.header import MAX_HEADER, read_nrrd_header
from .nrrd.writer import unescape

RECIPE_KEY = "atlas_explorer_recipe"
"""Custom field of a NRRD header."""
RECIPE_SUFFIX = ".recipe.json"
"""Follows the whole name of a file that cannot carry its recipe."""
MAX_RECIPE = MAX_HEADER
EXPECTED = "a recipe (JSON), or a mask that carries one"
BACKSLASHED = re.compile(r"\\(.)")


def recipe_path(path: str | Path) -> Path:
    """Return the file for the recipe of a mask in a format that cannot carry it."""
    return Path(f"{path}{RECIPE_SUFFIX}")


def recipe_line(recipes: Sequence[MaskRecipe]) -> str:
    """Return the recipes in one line of ASCII: an object, or a list of several.

    No quotation mark has a backslash before it, so that the line stays JSON for a reader that
    does not take back what a header escapes.
    """
    documents: list[Any] = [recipe.as_dict() for recipe in recipes]
    content = documents[0] if len(documents) == 1 else documents
    line = json.dumps(content, allow_nan=False, separators=(",", ":"))
    return BACKSLASHED.sub(lambda m: {'"': r"\u0022", "\\": r"\u005c"}.get(m[1], m[0]), line)


def write_recipe(path: str | Path, recipe: MaskRecipe) -> None:
    """Write a recipe as a JSON file atomically."""
    text = json.dumps(recipe.as_dict(), indent=1, ensure_ascii=False, allow_nan=False)
    with atomic_write(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8", newline="\n")


def read_recipes(path: str | Path) -> tuple[MaskRecipe, ...]:
    """Read the recipes of a file: one, or one for each segment of a ``.seg.nrrd``.

    Where mask and recipe are two files and the process that replaced them was killed, the old
    ones are put back first.

    Raises
    ------
    AtlasFileError
        If there is none, or it is damaged or of a later version.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from napari_atlas_explorer.core.selection import Selection
    >>> from napari_atlas_explorer import open_atlas
    >>> atlas = open_atlas("sample")
    >>> thalamus = Selection.of_ranks(atlas.ranks, [atlas.region_map.rank("TH")])
    >>> with TemporaryDirectory() as folder:
    ...     write_recipe(f"{folder}/a.json", MaskRecipe.of(atlas, thalamus))
    ...     len(read_recipes(f"{folder}/a.json"))
    1
    """
    path = Path(path)
    recover_folder(path.parent)
    text, source = _read_recipe_text(path), path
    if text is None:
        source = recipe_path(path)
        if not source.is_file():
            raise AtlasFileError(path, "it has no recipe", EXPECTED)
        text = _read_text_file(source)
    try:
        # `recipe_line` writes no such numbers; a hand may.
        content = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=unique_fields)
        documents = content if isinstance(content, list) else [content]
        if not documents:
            raise ArgumentError("an empty list of recipes")
        return tuple(MaskRecipe.from_dict(document) for document in documents)
    except RecursionError as exc:
        raise AtlasFileError(source, "its JSON is nested too deeply", EXPECTED) from exc
    except ArgumentError as exc:
        raise AtlasFileError(source, str(exc)) from exc
    except DuplicateKeyError as exc:
        raise AtlasFileError(source, str(exc), "each key once in an object") from exc
    except ValueError as exc:
        raise AtlasFileError(source, f"no JSON ({reason_of(exc)})", EXPECTED) from exc


def _read_recipe_text(path: Path) -> str | None:
    """Return the text of the recipe in a file, None if it carries none."""
    if not path.is_file():
        raise AtlasFileError(path, "there is no such file", EXPECTED)
    name = path.name.lower()
    if name.endswith((".nrrd", ".nhdr")):
        stated = read_nrrd_header(path).fields.get(RECIPE_KEY)
        return None if stated is None else unescape(str(stated))
    if name.endswith((".nii", ".nii.gz")):
        return next((text for text in read_nifti_comments(path) if FORMAT in text), None)
    return _read_text_file(path) if name.endswith(".json") else None


def _read_text_file(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_RECIPE:
            raise AtlasFileError(path, f"{path.stat().st_size} bytes", f"at most {MAX_RECIPE}")
        return path.read_text(encoding="utf-8-sig")
    except OSError as exc:
        raise AtlasFileError(path, f"cannot be read ({reason_of(exc)})") from exc
    except UnicodeDecodeError as exc:
        raise AtlasFileError(path, "it is not UTF-8 text", EXPECTED) from exc


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
