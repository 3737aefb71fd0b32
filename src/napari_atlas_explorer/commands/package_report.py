"""What `package` says of what it made."""

from __future__ import annotations

from typing import Any

from ..packaging.making import MadePackage
from ..packaging.version_update import PackageDifference


def report_lines(made: MadePackage, difference: PackageDifference | None) -> list[str]:
    """Lines for people: what was mended, what the checks found, what differs."""
    lines = [f"note: {text}" for text in made.notes]
    if made.meshes:
        lines.append(made.meshes)
    for path, report in zip(made.packages, made.reports, strict=False):
        open_ones = [one for one in report.listed if not one.known]
        counts = {
            severity: sum(one.finding.severity == severity for one in open_ones)
            for severity in ("error", "warning")
        }
        found = ", ".join(f"{n} {word}{'s' if n != 1 else ''}" for word, n in counts.items() if n)
        lines.append(f"checked {path.name}: {found or 'nothing to complain of'}")
        grave = [one for one in open_ones if one.finding.severity == "error"]
        lines += [f"  {one.finding.code}: {one.finding.message}" for one in grave]
    if difference is not None:
        lines += ["what differs from the old package:", *[f"  {x}" for x in difference.lines()]]
    lines += [f"wrote {path}" for path in (*made.packages, *made.archives)]
    return lines


def as_json(made: MadePackage, difference: PackageDifference | None) -> dict[str, Any]:
    """The same for programs."""
    grids = made.blueprint.grids
    return {
        "target": made.blueprint.options.target,
        "packages": [
            {
                "path": str(path),
                "shape": list(grid.shape),
                "resolution": [float(abs(s)) for s in grid.steps],
                "errors": _count(made, n, "error"),
                "warnings": _count(made, n, "warning"),
            }
            for n, (path, grid) in enumerate(zip(made.packages, grids, strict=True))
        ],
        "archives": [str(path) for path in made.archives],
        "notes": list(made.notes),
        "meshes": made.meshes,
        "difference": difference.as_dict() if difference is not None else None,
    }


def _count(made: MadePackage, n: int, severity: str) -> int | None:
    if n >= len(made.reports):
        return None
    listed = made.reports[n].listed
    return sum(one.finding.severity == severity and not one.known for one in listed)
