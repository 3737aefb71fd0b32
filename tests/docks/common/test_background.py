"""Background jobs: which results arrive, in which order, and what is left of a job that ended."""

from __future__ import annotations

import gc
import weakref
from threading import Event

import pytest

from napari_atlas_explorer.core.errors import AtlasError
from napari_atlas_explorer.docks.common.background import BackgroundJob, BusyLine

from ..conftest import TIMEOUT

pytestmark = pytest.mark.window


@pytest.fixture
def job(qapp):
    return BackgroundJob()


def wait(qtbot, job) -> None:
    qtbot.waitUntil(lambda: not job.busy, timeout=TIMEOUT)


def held_by(gate: Event, result: object):
    """Work that ends when a gate is opened."""

    def work(progress):
        gate.wait(TIMEOUT / 1000)
        progress(1)
        return result

    return work


def test_newer_work_takes_the_place_of_older(job, qtbot):
    results, gate = [], Event()
    job.start("one", held_by(gate, 1), results.append)
    job.start("two", held_by(gate, 2), results.append)
    gate.set()
    wait(qtbot, job)
    assert results == [2]


def test_added_work_waits_and_comes_in_its_order_even_after_a_failure(job, qtbot):
    results, gate = [], Event()
    job.failed.connect(results.append)
    error = AtlasError("no such file")

    def fail(_):
        raise error

    job.add("one", held_by(gate, 1), results.append)
    job.add("two", fail, results.append)
    job.add("three", held_by(gate, 3), results.append)
    gate.set()
    wait(qtbot, job)
    assert results == [1, error, 3]


def test_what_is_stopped_gives_no_result_and_no_failure(job, qtbot):
    results, gate = [], Event()
    job.failed.connect(results.append)
    job.add("one", held_by(gate, 1), results.append)
    job.add("two", held_by(gate, 2), results.append)
    job.stop()
    assert not job.busy
    gate.set()
    job.start("three", held_by(gate, 3), results.append)
    wait(qtbot, job)
    assert results == [3]


def test_the_line_says_what_is_done_and_cancels(job, qtbot):
    row, gate, going_on = BusyLine(), Event(), Event()
    qtbot.addWidget(row)
    row.follow(job)

    def work(progress):
        progress(0.25)
        going_on.set()
        gate.wait(TIMEOUT / 1000)
        progress(0.5, "Writing")

    job.start("Reading", work, lambda _: None)
    assert row.isVisible()
    assert row.label.text() == "Reading…"
    qtbot.waitUntil(lambda: row.label.text() == "Reading… 25 %", timeout=TIMEOUT)
    assert row.bar.value() == 25
    row.cancel.click()
    assert not job.busy
    assert not row.isVisible()
    gate.set()


def test_of_two_jobs_the_later_is_shown_and_cancelled_first(qtbot):
    line, gate = BusyLine(), Event()
    qtbot.addWidget(line)
    jobs = [BackgroundJob(), BackgroundJob()]
    cancelled = []
    for name, one in zip(("first", "second"), jobs, strict=True):
        line.follow(one)
        one.cancelled.connect(lambda name=name: cancelled.append(name))
        one.start(name, held_by(gate, 1), lambda _: None)
    assert line.label.text() == "second… (and 1 more)"
    line.cancel.click()
    assert cancelled == ["second"]
    assert line.label.text() == "first…"
    line.cancel.click()
    assert not line.isVisible()
    gate.set()


def test_intermediate_results_come_before_the_result(job, qtbot):
    received = []
    job.received.connect(received.append)

    def work(progress):
        progress.send("preview")
        return "all"

    job.start("Reading", work, received.append)
    wait(qtbot, job)
    assert received == ["preview", "all"]


def test_nothing_is_kept_of_a_job_that_ended(job, qtbot):
    class Atlas:
        """Something large."""

    atlas = Atlas()
    kept = weakref.ref(atlas)
    job.start("Reading", lambda _, given=atlas: id(given), lambda _, given=atlas: None)
    del atlas
    wait(qtbot, job)

    def gone() -> bool:
        gc.collect()
        return kept() is None

    qtbot.waitUntil(gone, timeout=TIMEOUT)
