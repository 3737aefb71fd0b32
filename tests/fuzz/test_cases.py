"""Structured inputs with changed fields, through every command: one line of error at most.

Every case ends with exit code 0, 1 or 2, leaves its inputs as they were and nothing half-written
beside its outputs, and says what is wrong in one line. Exit code 3, an unexpected error, is safe
but a fault: `make fuzz` looks for such cases, each is mended and stays in ``corpus/``.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest

from napari_atlas_explorer.cli import tree

from .cases import CORPUS, Case, draw_case, find_smallest, run_case, valid_documents
from .changes import apply
from .targets import TARGETS

FRESH = 5
"""Cases of each target beside those of the corpus; `make fuzz` runs others."""
SEEDS = sorted(CORPUS.glob("*.json"))


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_what_was_at_fault_once_is_not_again(path):
    assert run_case(Case.from_json(path.read_text(encoding="utf-8"))).fault == ""


@pytest.mark.parametrize("target", TARGETS)
def test_a_changed_field_is_read_or_refused_in_one_line(target):
    cases = [draw_case(target, seed) for seed in range(FRESH)]
    faults = {case.as_json(): fault for case in cases if (fault := run_case(case).fault)}
    assert faults == {}


@pytest.mark.parametrize("target", TARGETS)
def test_the_documents_are_valid_before_they_are_changed(target):
    """Each is read by one of the target's commands at least, so that changes reach far."""
    for n in range(len(valid_documents(target))):
        assert any(
            run_case(Case(target, n, [], command)).code in (0, 1)
            for command in TARGETS[target].commands
        ), n


def test_a_case_is_the_same_each_time():
    cases = [draw_case("nrrd", seed) for seed in range(50)]
    assert cases == [Case.from_json(case.as_json()) for case in map(repeat, range(50))]
    assert len({case.as_json() for case in cases}) == 50


def repeat(seed):
    return draw_case("nrrd", seed)


def test_changes_of_places_that_are_gone_are_left_out():
    tree = {"a": [1, 2], "b": {"c": "x"}}
    changes = [["drop", ["b"], None], ["set", ["b", "c"], 1], ["set", ["a", 7], 1]]
    assert apply(tree, changes) == {"a": [1, 2]}
    assert apply(tree, [["swap", ["a", 0], ["b"]]]) == {"a": [{"c": "x"}, 2], "b": {"c": "x"}}
    assert apply(tree, [["repeat", ["a", 0], 2], ["rename", ["b"], "d"]]) == {
        "a": [1, 1, 1, 2],
        "d": {"c": "x"},
    }


# ---- Faults that are planted are found -----------------------------------------------------------


def _raise(args):
    raise ValueError("planted")


def _print(args):
    sys.stdout.write("\x1b[31m")


def _leave(args):
    Path("out/.half").write_text("half")


def _change(args):
    Path("in/atlas/hierarchy.json").write_text("{}")


def _log(args):
    logging.getLogger("some.module").warning("planted")


def _exit(args):
    raise SystemExit(7)


def _print_error(args):
    sys.stderr.write("atlas-explorer: planted\n")


PLANTED = {
    "unexpected error: ValueError: planted": _raise,
    "control character": _print,
    "left behind": _leave,
    "an input was changed": _change,
    "log: some.module": _log,
    "exit code 7": _exit,
    "1 lines of errors with exit code 0": _print_error,
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(monkeypatch, fault):
    monkeypatch.setattr(tree, "run", PLANTED[fault])
    assert run_case(Case("hierarchy", 0, [], ["tree", "IN/atlas"])).fault.startswith(fault)


def test_changes_that_a_fault_does_not_need_are_left_out(monkeypatch):
    def run(args):
        if "planted" in (Path(args.path) / "hierarchy.json").read_text():
            raise ValueError

    monkeypatch.setattr(tree, "run", run)
    needed = ["set", ["name"], "planted"]
    changes = [["set", ["acronym"], "x"], needed, ["drop", ["children"], None]]
    case = Case("hierarchy", 0, changes, ["tree", "IN/atlas"])
    assert find_smallest(case).changes == [needed]
