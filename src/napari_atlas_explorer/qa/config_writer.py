"""Changes of ``qa.toml`` that keep its comments and layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import AoT

from ..core.errors import ArgumentError, AtlasFileError
from ..formats.common.atomic import atomic_write
from ..formats.common.safety import reason_of
from .check import Threshold
from .config import Setting
from .finding import Finding

# tomlkit keeps comments, order and spelling of a file under version control, which tomli-w
# does not.

HEADER = "Settings of the atlas's QA: limits, severities, known findings."


def add_known(path: Path, finding: Finding, reason: str) -> None:
    """Write a finding into the file as accepted; the file is made if missing.

    It is named by its code and its region, or, without a region, by what it is about.

    Raises
    ------
    ArgumentError
        Without a reason.
    """
    if not reason.strip():
        raise ArgumentError("a known finding needs a reason: one sentence for the next reader")
    document = _open_document(path)
    entry = tomlkit.table()
    entry["code"] = finding.code
    if finding.region_ids and finding.about == str(finding.region_ids[0]):
        entry["region"] = int(finding.region_ids[0])
    else:
        entry["about"] = finding.about
    entry["reason"] = reason.strip()
    known = document.get("known")
    if known is None:
        known = document["known"] = tomlkit.aot()
    if not isinstance(known, AoT):
        raise AtlasFileError(path, "known is no list of tables", "[[known]] tables")
    known.append(entry)
    _write_document(path, document)


def set_limits(path: Path, limits: Mapping[str, float], thresholds: Sequence[Threshold]) -> None:
    """Write the limits that differ from their defaults; remove those that do not."""
    document = _open_document(path)
    table: Any = document.setdefault("thresholds", tomlkit.table())
    for threshold in thresholds:
        value = limits.get(threshold.name, threshold.default)
        if value != threshold.default:
            table[threshold.name] = value
        elif threshold.name in table:
            del table[threshold.name]
    if not table:
        del document["thresholds"]
    _write_document(path, document)


def set_severity(path: Path, code: str, severity: Setting | None) -> None:
    """Write the severity of a check's findings, or "off"; None removes it."""
    document = _open_document(path)
    table: Any = document.setdefault("severities", tomlkit.table())
    if severity is not None:
        table[code] = severity
    elif code in table:
        del table[code]
    if not table:
        del document["severities"]
    _write_document(path, document)


def _open_document(path: Path) -> tomlkit.TOMLDocument:
    if not path.exists():
        document = tomlkit.document()
        document.add(tomlkit.comment(HEADER))
        return document
    try:
        return tomlkit.parse(path.read_text(encoding="utf-8-sig"))
    except OSError as exc:
        raise AtlasFileError(path, f"cannot be read ({reason_of(exc)})") from exc
    except ValueError as exc:  # tomlkit's errors, and text that is not UTF-8
        raise AtlasFileError(path, f"it is not valid TOML ({exc})") from exc


def _write_document(path: Path, document: tomlkit.TOMLDocument) -> None:
    with atomic_write(path) as temporary:
        temporary.write_text(tomlkit.dumps(document), encoding="utf-8")
