"""Review of suspicious regions: a person's verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from ..core.errors import ArgumentError, short

Judgement = Literal["pass", "fail", "unsure"]
JUDGEMENTS: tuple[Judgement, ...] = get_args(Judgement)
LONGEST_NOTE = 2_000


@dataclass(frozen=True)
class Verdict:
    """Verdict of a person on one region.

    Attributes
    ----------
    region_id
        The region.
    judgement
        "pass", "fail" or "unsure".
    note
        Why, in the person's words; may be empty.
    """

    region_id: int
    judgement: Judgement
    note: str = ""


Review = Mapping[int, Verdict]
"""Verdicts by region id."""


def review_as_json(review: Review, acronyms: Mapping[int, str]) -> list[dict[str, Any]]:
    """Return rows for the report, in the order of the ids."""
    return [
        {
            "region_id": v.region_id,
            "region": acronyms.get(v.region_id),
            "verdict": v.judgement,
            "note": v.note,
        }
        for _, v in sorted(review.items())
    ]


def review_from_json(rows: Any) -> dict[int, Verdict]:
    """Read what `review_as_json` gives.

    Raises
    ------
    ArgumentError
        Naming the row and what was expected.
    """
    if not isinstance(rows, list):
        raise ArgumentError(f"review is {short(rows)}; expected a list of verdicts")
    review = {}
    for row in rows:
        region_id = row.get("region_id") if isinstance(row, dict) else None
        if not isinstance(region_id, int) or isinstance(region_id, bool):
            raise ArgumentError(f"a verdict is {short(row)}; expected one with a region_id")
        if row.get("verdict") not in JUDGEMENTS:
            raise ArgumentError(
                f"the verdict on region {region_id} is {short(row.get('verdict'))}; "
                f"expected {', '.join(JUDGEMENTS)}"
            )
        note = str(row.get("note") or "")[:LONGEST_NOTE]
        review[region_id] = Verdict(region_id, row["verdict"], note)
    return review
