"""The tables of the peers' own tests say what happens when these run on this library."""

from __future__ import annotations

import ast
from functools import cache

import pytest

from .peers import REPO
from .suites import (
    PAGE,
    SUITES,
    VERDICTS,
    Row,
    Suite,
    list_tests,
    page_with_results,
    read_table,
    run,
)

BY_NAME = {suite.name: suite for suite in SUITES}


@cache
def our_tests(file: str) -> set[str]:
    """Names of the test functions of a file of ours."""
    tree = ast.parse((REPO / file).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_every_row_has_a_verdict_and_a_reason(suite):
    rows = read_table(suite)
    assert len({row.test for row in rows}) == len(rows)
    for row in rows:
        assert row.verdict in VERDICTS
        assert bool(row.reason) == (row.verdict != "passed"), row
        # What is not run cannot have passed.
        assert suite.adapter or row.verdict != "passed", row


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_what_is_restated_is_asked_in_a_test_of_ours(suite):
    for row in read_table(suite):
        assert row.see or row.verdict in ("passed", "not of this library", "ours"), row
        if row.see:
            file, _, name = row.see.partition("::")
            assert name in our_tests(file), row


def test_the_page_has_the_results():
    page = PAGE.read_text(encoding="utf-8")
    assert page == page_with_results(page)


# ---- with the peers' tests -----------------------------------------------------------------------


def require_tests(name: str) -> Suite:
    suite = BY_NAME[name]
    if not suite.folder.is_dir():
        pytest.skip(f"needs the tests of {suite.title} (make conformance)")
    return suite


@pytest.mark.conformance
@pytest.mark.parametrize("name", BY_NAME)
def test_the_table_has_every_test_of_the_peer(name):
    suite = require_tests(name)
    listed = dict.fromkeys(row.function for row in read_table(suite))
    assert sorted(listed) == sorted(list_tests(suite.folder))


def find_row(rows: dict[str, Row], case: str) -> Row:
    """Row of a case, or of its test."""
    return rows.get(case) or rows[case.partition("[")[0]]


@pytest.mark.conformance
@pytest.mark.parametrize("name", [suite.name for suite in SUITES if suite.adapter])
def test_what_the_table_says_happens(name, tmp_path):
    suite = require_tests(name)
    rows = {row.test: row for row in read_table(suite)}
    # A file of which no test is about this library needs imports that nobody has.
    files = {test.partition("::")[0] for test, row in rows.items() if row.verdict not in OUTSIDE}
    outcomes = run(suite, sorted(files), tmp_path)
    seen = set()
    wrong = []
    for case, outcome in outcomes.items():
        row = find_row(rows, case)
        seen.add(row.test)
        if (outcome == "passed") != (row.verdict == "passed"):
            wrong.append((case, outcome, row.verdict))
    assert not wrong
    assert seen == {test for test in rows if test.partition("::")[0] in files}


OUTSIDE = {"not of this library"}
