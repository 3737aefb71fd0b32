"""QA of one package in parts says what QA of it at once says."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace

import pytest

from napari_atlas_explorer.cli import qa_jobs
from napari_atlas_explorer.cli.main import main
from napari_atlas_explorer.cli.qa_jobs import Job, check, check_in_parts
from napari_atlas_explorer.qa.registry import GROUPS
from napari_atlas_explorer.qa.tasks import run_task, split_tasks

from . import broken
from .test_run_large import damaged

DATE = "2026-01-01"


@pytest.fixture
def job(tmp_path) -> Job:
    package = broken.sound_package(tmp_path / "new")
    other = broken.sound_package(tmp_path / "old")
    damaged(package)
    settled = '[severities]\n"label-hole" = "info"\n"label-jagged" = "off"\n'
    (package / "qa.toml").write_text(settled)
    return Job(package, other=other, date=DATE)


def one_after_the_other(parts):
    """Parts, the last first, as processes may end; results travel as between processes."""
    for number, part in reversed(list(enumerate(parts))):
        yield number, pickle.loads(pickle.dumps(run_task(part)))  # noqa: S301 - our own


def test_every_group_of_checks_is_in_one_part(tmp_path):
    groups = [group for part in split_tasks(tmp_path) for group in part.groups]
    assert sorted(groups) == sorted(GROUPS)
    assert [p.groups for p in split_tasks(tmp_path, ("bids", "meshes"))] == [("meshes",), ("bids",)]


def test_a_package_in_parts_gets_the_report_of_the_whole(job):
    told = []
    document = check_in_parts(job, one_after_the_other, lambda n, of: told.append((n, of)))
    assert document == check(job)
    assert told == [(n, len(told)) for n in range(1, len(told) + 1)]


def test_chosen_groups_and_a_package_that_cannot_be_opened_are_reported_alike(job):
    few = replace(job, groups=("symmetry", "reference"))
    assert check_in_parts(few, one_after_the_other) == check(few)
    (job.path / "annotation.tiff").write_bytes(b"II*\0 damaged")
    assert check_in_parts(job, one_after_the_other) == check(job)


def test_a_large_package_over_two_processes(job, tmp_path, capsys, monkeypatch, as_large):
    as_large(40_000)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    pages = [tmp_path / "one.html", tmp_path / "two.html"]
    documents = []
    for page, jobs in zip(pages, ("1", "2"), strict=True):
        code = main(["qa", str(job.path), "--jobs", jobs, "--json", "--html", str(page)])
        assert code == 1
        documents.append(json.loads(capsys.readouterr().out))
    assert documents[0] == documents[1]
    assert pages[0].read_bytes() == pages[1].read_bytes()


def test_a_small_package_is_checked_by_this_process(job, monkeypatch):
    monkeypatch.setattr(qa_jobs, "run_task", None)  # no task of it is run
    assert qa_jobs.check_over_processes(job, 2) == check(job)
