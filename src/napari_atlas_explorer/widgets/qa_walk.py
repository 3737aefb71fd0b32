"""Walking through suspicious regions with a verdict on each, and through the slices of a curve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..qa.review import Judgement

if TYPE_CHECKING:
    from .qa_dock import QaDock


class QaWalk:
    """Steps of the QA dock.

    Parameters
    ----------
    dock
        The QA dock.
    """

    def __init__(self, dock: QaDock) -> None:
        self._dock = dock

    # ---- regions ---------------------------------------------------------------------------

    @property
    def _region(self) -> int | None:
        """Region that the current finding is about."""
        one = self._dock.current
        return one.finding.region_ids[0] if one is not None and one.finding.region_ids else None

    def go(self, by: int) -> None:
        """Go to the next (1) or previous (-1) suspicious region."""
        dock, findings = self._dock, self._dock.findings
        if findings is None:
            return
        region = findings.step(self._region, by)
        if region is None:
            dock.tell("No finding that is shown concerns a region")
            return
        dock.tree.choose(findings.findings_of(region)[0].id)

    def judge(self, name: str) -> None:
        """Give a verdict on the current finding's region; the same once more takes it back."""
        judgement: Judgement = name  # type: ignore[assignment]
        findings, region = self._dock.findings, self._region
        if findings is None or region is None:
            return
        old = findings.verdicts.get(region)
        again = old is not None and old.judgement == judgement
        findings.judge(region, None if again else judgement)
        self._dock.refill()

    def keep_note(self) -> None:
        """Keep what was written on the current finding's region."""
        findings, region = self._dock.findings, self._region
        if findings is None or region is None:
            return
        text = self._dock.details.note.text().strip()
        old = findings.verdicts.get(region)
        if (old.note if old is not None else "") == text:
            return
        findings.judge(region, old.judgement if old is not None else "unsure", text)
        self._dock.refill()

    # ---- slices ----------------------------------------------------------------------------

    def follow_slices(self, *_: Any) -> None:
        """Mark the slice that the viewer is on in the curve."""
        display, dims = self._dock.display, self._dock.viewer.dims
        if display is None:
            return
        offset = dims.ndim - display.layer.ndim
        point = display.layer.world_to_data(dims.point[offset:])
        self._dock.details.exhibits.set_slices(
            {
                display.axes[d - offset]: round(float(point[d - offset]))
                for d in dims.not_displayed
                if d >= offset
            }
        )

    def go_to_slice(self, axis: int, index: int) -> None:
        """Go to a slice along an axis of the array."""
        display, dims = self._dock.display, self._dock.viewer.dims
        if display is None:
            return
        at = display.axes.index(axis)
        offset = dims.ndim - display.layer.ndim
        here = list(display.layer.world_to_data(dims.point[offset:]))
        here[at] = index
        world = display.layer.data_to_world(here)
        dims.set_point(offset + at, float(world[at]))
