"""Model of the list of findings: filter, order, and review walk.

No napari and no Qt: the dock follows this model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..qa.finding import SEVERITIES
from ..qa.review import Judgement, Verdict
from ..qa.run import ListedFinding, Report, acronyms_of

KNOWN = "known"
KINDS = (*SEVERITIES, KNOWN)
"""Kinds with a button above the list: three severities, and accepted findings."""


def kind_of(listed: ListedFinding) -> str:
    """Return the severity of a finding, "known" where it is accepted."""
    return KNOWN if listed.known else str(listed.finding.severity)


@dataclass(frozen=True)
class FindingFilter:
    """Criteria for the shown findings.

    Attributes
    ----------
    kinds
        Severities, and "known".
    group
        Group of checks, "" for all.
    words
        All of them occur in the finding's code, sentence or region acronyms.
    """

    kinds: frozenset[str] = frozenset(SEVERITIES)
    group: str = ""
    words: str = ""


@dataclass(frozen=True)
class CodeGroup:
    """Shown findings of one code and kind."""

    group: str
    code: str
    kind: str
    title: str
    findings: tuple[ListedFinding, ...]


@dataclass
class QaList:
    """The findings of a report.

    Attributes
    ----------
    report
        The report.
    filter
        Criteria for the shown findings.
    verdicts
        A person's verdicts on regions so far.
    """

    report: Report
    filter: FindingFilter = field(default_factory=FindingFilter)
    verdicts: dict[int, Verdict] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.acronyms: Mapping[int, str] = acronyms_of(self.report.subject)
        self.listed: Sequence[ListedFinding] = self.report.listed
        self._group_of = {r.check.code: r.check.group for r in self.report.results}
        self._title_of = {r.check.code: r.check.title for r in self.report.results}
        self._text = {one.id: self._format_search_text(one) for one in self.listed}

    def _format_search_text(self, listed: ListedFinding) -> str:
        names = " ".join(self.acronyms.get(i, "") for i in listed.finding.region_ids)
        return f"{listed.id} {listed.finding.message} {names}".casefold()

    # ---- List ------------------------------------------------------------------------------

    def counts(self) -> Counter[str]:
        """Return the number of findings of each kind in the report, ignoring the filter."""
        return Counter(kind_of(one) for one in self.listed)

    def shown(self) -> list[ListedFinding]:
        """Return the findings that pass the filter, in the report's order."""
        words = self.filter.words.casefold().split()
        return [
            one
            for one in self.listed
            if kind_of(one) in self.filter.kinds
            and self.filter.group in ("", self._group_of[one.finding.code])
            and all(word in self._text[one.id] for word in words)
        ]

    def groups(self) -> list[CodeGroup]:
        """Return the shown findings by kind and code, most severe first."""
        grouped: dict[tuple[str, str], list[ListedFinding]] = {}
        for one in self.shown():
            grouped.setdefault((kind_of(one), one.finding.code), []).append(one)
        order = {kind: n for n, kind in enumerate(KINDS)}
        return [
            CodeGroup(self._group_of[code], code, kind, self._title_of[code], tuple(group))
            for (kind, code), group in sorted(grouped.items(), key=lambda item: order[item[0][0]])
        ]

    def not_run(self) -> dict[str, list[str]]:
        """Return the codes of the checks that were not run, by the reason."""
        reasons: dict[str, list[str]] = {}
        for result in self.report.results:
            if result.status == "not run":
                reasons.setdefault(result.why, []).append(result.check.code)
        return reasons

    def by_id(self, finding_id: str) -> ListedFinding | None:
        """Return the finding of this id, None if the report has none."""
        return next((one for one in self.listed if one.id == finding_id), None)

    # ---- Walk ------------------------------------------------------------------------------

    def suspicious(self) -> list[int]:
        """Return the ids of the shown findings' regions, most severe first."""
        return list(
            dict.fromkeys(
                one.finding.region_ids[0] for one in self.shown() if one.finding.region_ids
            )
        )

    def findings_of(self, region_id: int) -> list[ListedFinding]:
        """Return the shown findings about a region."""
        return [one for one in self.shown() if one.finding.region_ids[:1] == (region_id,)]

    def step(self, region_id: int | None, by: int) -> int | None:
        """Return the suspicious region after (1) or before (-1) another, cyclically."""
        regions = self.suspicious()
        if not regions:
            return None
        if region_id not in regions:
            return regions[0 if by > 0 else -1]
        return regions[(regions.index(region_id) + by) % len(regions)]

    def judge(self, region_id: int, judgement: Judgement | None, note: str | None = None) -> None:
        """Record a verdict; None removes it. Without a note the old one stays."""
        if judgement is None:
            self.verdicts.pop(region_id, None)
            return
        old = self.verdicts.get(region_id, Verdict(region_id, judgement))
        self.verdicts[region_id] = replace(
            old, judgement=judgement, note=old.note if note is None else note
        )

    def progress(self) -> tuple[int, int]:
        """Return the number of suspicious regions with a verdict, and of all."""
        regions = self.suspicious()
        return sum(r in self.verdicts for r in regions), len(regions)
