"""``qa.toml``: limits, severities and known, accepted findings."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ..core.errors import ArgumentError, AtlasFileError, short
from ..formats.common.toml import read_toml
from .check import Check, Limits, Threshold
from .finding import SEVERITIES, Finding, Severity

FILE_NAME = "qa.toml"

FORMER_NAMES = {
    "colour_difference": "color_difference",
    "colour_pairs": "color_pairs",
    "grey_levels": "gray_levels",
    "hierarchy-colour-close": "hierarchy-color-close",
    "hierarchy-colour-duplicate": "hierarchy-color-duplicate",
    "hierarchy-colour-missing": "hierarchy-color-missing",
    "symmetry-one-side": "symmetry-one-hemisphere",
    "symmetry-wrong-side": "symmetry-wrong-hemisphere",
    "template": "reference",
    "template-duplicate": "reference-duplicate",
    "template-edges": "reference-edges",
    "template-empty": "reference-empty",
    "template-few-levels": "reference-few-levels",
    "template-foreground": "reference-foreground",
    "template-rescaled": "reference-rescaled",
    "template-saturated": "reference-saturated",
}
"""Names of groups, checks and limits before 0.1; settings and reports that hold them are read."""

Setting = Severity | Literal["off"]


def current_name(name: str) -> str:
    """Return the current name of a group, check or limit."""
    return FORMER_NAMES.get(name, name)


@dataclass(frozen=True)
class KnownFinding:
    """Finding that a person has reviewed and accepts.

    Attributes
    ----------
    code
        Code of the finding.
    region
        Region id or acronym that it is about, None for findings of no region.
    about
        Instead of a region: the finding's ``about`` (a file, an axis).
    reason
        Why it is accepted; never empty.
    """

    code: str
    region: int | str | None
    about: str | None
    reason: str


@dataclass(frozen=True)
class RegionSet:
    """Regions that together are to cover a domain, each voxel once (AllenSDK's rule).

    Attributes
    ----------
    name
        For messages.
    regions
        Ids or acronyms.
    domain
        Id or acronym of the region that they are to cover.
    """

    name: str
    regions: tuple[int | str, ...]
    domain: int | str


@dataclass(frozen=True)
class Config:
    """User's configuration of an atlas's QA.

    Attributes
    ----------
    limits
        Thresholds that differ from their defaults.
    severities
        Severity of all findings of a code, or "off".
    known
        Accepted findings.
    sets
        Sets of regions that must cover a domain.
    path
        File it is from, None if there is none.

    Examples
    --------
    >>> from napari_atlas_explorer.qa import run_qa
    >>> config = Config(severities={"hierarchy-color-duplicate": "error"})
    >>> run_qa("sample", groups=["hierarchy"], config=config).config is config
    True
    """

    limits: Mapping[str, float] = field(default_factory=dict)
    severities: Mapping[str, Setting] = field(default_factory=dict)
    known: tuple[KnownFinding, ...] = ()
    sets: tuple[RegionSet, ...] = ()
    path: Path | None = None

    def limits_of(self, thresholds: Iterable[Threshold]) -> Limits:
        """Return the value of every threshold.

        >>> thresholds = [Threshold("stated_dice", 0.98, "", "an example")]
        >>> Config(limits={"stated_dice": 0.9}).limits_of(thresholds)
        {'stated_dice': 0.9}
        """
        return {t.name: float(self.limits.get(t.name, t.default)) for t in thresholds}

    def severity_of(self, check: Check, finding: Finding) -> Severity:
        """Return a finding's severity: the file's, else the finding's own, else the check's.

        >>> from napari_atlas_explorer.qa import run_qa
        >>> check = run_qa("sample", groups=["hierarchy"]).results[0].check
        >>> Config(severities={check.code: "info"}).severity_of(check, Finding("an example"))
        'info'
        """
        severity = self.severities.get(check.code)
        if severity is not None and severity != "off":
            return severity
        return finding.severity or check.severity

    def reason_for(self, finding: Finding, acronyms: Mapping[int, str]) -> str | None:
        """Return why a finding is accepted, None if it is not.

        >>> config = Config(known=(KnownFinding("label-hole", "CA3", None, "drawn so"),))
        >>> config.reason_for(Finding("a hole", (222,), code="label-hole"), {222: "CA3"})
        'drawn so'
        """
        names: set[int | str] = set()
        for region_id in finding.region_ids[:1]:
            names |= {region_id, acronyms.get(region_id, str(region_id))}
        for known in self.known:
            if known.code != finding.code:
                continue
            if known.about is not None:
                if known.about == finding.about:
                    return known.reason
            elif known.region is None or known.region in names:
                return known.reason
        return None


def find_config(path: Path | None) -> Path | None:
    """Find ``qa.toml`` in a package's folder, or next to its file."""
    if path is None:
        return None
    folder = path if path.is_dir() else path.parent
    path = folder / FILE_NAME
    return path if path.is_file() else None


def read_config(path: Path, checks: Iterable[Check], thresholds: Iterable[Threshold]) -> Config:
    """Read a file; every name in it must exist.

    Raises
    ------
    AtlasFileError
        Naming the entry, its value and the expected one.
    """
    data = read_toml(path)
    strange = sorted(set(data) - {"thresholds", "severities", "known", "sets"})
    if strange:
        raise AtlasFileError(path, f"a table [{strange[0]}]", "thresholds, severities, known, sets")
    codes = {check.code for check in checks}
    limits = _rename_keys(data.get("thresholds", {}))
    severities = _rename_keys(data.get("severities", {}))
    return Config(
        limits=_parse_limits(path, limits, {t.name for t in thresholds}),
        severities=_parse_severities(path, severities, codes),
        known=tuple(_parse_known(path, row, codes) for row in _get_rows(path, data, "known")),
        sets=tuple(_parse_set(path, row) for row in _get_rows(path, data, "sets")),
        path=path,
    )


def require_names(config: Config, checks: Iterable[Check], thresholds: Iterable[Threshold]) -> None:
    """Check the names in settings made by a program, as for a file's.

    Raises
    ------
    ArgumentError
        Naming the first such name.
    """
    codes, limits = {check.code for check in checks}, {t.name for t in thresholds}
    requirements = [("threshold", name, limits) for name in config.limits]
    requirements += [
        ("check", code, codes) for code in (*config.severities, *(k.code for k in config.known))
    ]
    for what, name, names in requirements:
        if name not in names:
            raise ArgumentError(f"{what} {short(name)}; expected {_suggest(what, name, names)}")


def _rename_keys(table: Any) -> Any:
    """Return a table with the current names as keys; anything else unchanged."""
    if not isinstance(table, dict):
        return table
    return {current_name(name): value for name, value in table.items()}


def _parse_limits(path: Path, table: Any, names: set[str]) -> dict[str, float]:
    _require_table(path, "thresholds", table)
    for name, value in table.items():
        _require_name(path, "threshold", name, names)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 <= value <= sys.float_info.max:
            raise AtlasFileError(path, f"{name} = {short(value)}", "a number, 0 or more")
    return {name: float(value) for name, value in table.items()}


def _parse_severities(path: Path, table: Any, codes: set[str]) -> dict[str, Setting]:
    _require_table(path, "severities", table)
    for code, value in table.items():
        _require_name(path, "check", code, codes)
        if value not in (*SEVERITIES, "off"):
            raise AtlasFileError(path, f"{code} = {short(value)}", "error, warning, info or off")
    return dict(table)


def _get_rows(path: Path, data: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = data.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise AtlasFileError(path, f"{name} is {short(rows)}", f"[[{name}]] tables")
    return rows


def _parse_known(path: Path, row: Mapping[str, Any], codes: set[str]) -> KnownFinding:
    strange = sorted(set(row) - {"code", "region", "about", "reason"})
    if strange:
        raise AtlasFileError(path, f"[[known]] with {strange[0]}", "code, region or about, reason")
    if isinstance(row.get("code"), str):
        row = {**row, "code": current_name(row["code"])}
    _require_name(path, "check", row.get("code"), codes)
    reason = row.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        raise AtlasFileError(
            path, f"[[known]] {row['code']} without a reason", "one sentence: why it is accepted"
        )
    region, about = row.get("region"), row.get("about")
    if not (region is None or _is_region(region)):
        raise AtlasFileError(path, f"[[known]] region = {short(region)}", "an id or an acronym")
    if about is not None and not isinstance(about, str):
        raise AtlasFileError(path, f"[[known]] about = {short(about)}", "a text")
    if region is not None and about is not None:
        raise AtlasFileError(path, f"[[known]] {row['code']} with both", "region or about")
    return KnownFinding(row["code"], region, about, reason.strip())


def _parse_set(path: Path, row: Mapping[str, Any]) -> RegionSet:
    regions, domain = row.get("regions"), row.get("domain")
    if not isinstance(regions, list) or not regions or not all(map(_is_region, regions)):
        raise AtlasFileError(
            path, f"[[sets]] regions = {short(regions)}", "a list of ids or acronyms"
        )
    if not _is_region(domain):
        raise AtlasFileError(path, f"[[sets]] domain = {short(domain)}", "an id or an acronym")
    name = row.get("name", str(domain))
    if not isinstance(name, str) or not name.strip():
        raise AtlasFileError(path, f"[[sets]] name = {short(name)}", "a text")
    return RegionSet(name, tuple(regions), domain)  # type: ignore[arg-type]


def _is_region(value: Any) -> bool:
    return isinstance(value, int | str) and not isinstance(value, bool)


def _require_table(path: Path, name: str, table: Any) -> None:
    if not isinstance(table, dict):
        raise AtlasFileError(path, f"{name} is {short(table)}", f"a table [{name}]")


def _require_name(path: Path, what: str, name: Any, names: set[str]) -> None:
    if not isinstance(name, str) or name not in names:
        raise AtlasFileError(path, f"{what} {short(name)}", _suggest(what, name, names))


def _suggest(what: str, name: Any, names: set[str]) -> str:
    close = difflib.get_close_matches(str(name), sorted(names), n=3, cutoff=0.5)
    return ", ".join(close) or f"one of the {what}s in docs/qa.md"
