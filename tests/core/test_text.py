"""Numbers in settings that users write by hand."""

from __future__ import annotations

import pytest

from napari_atlas_explorer.core.text import is_number, parse_bytes


@pytest.mark.parametrize("text", ["", "²", "1e9", "-5", "1 MB", "9" * 5000, "9" * 19])
def test_what_is_no_number_of_bytes_is_passed_over(text):
    assert parse_bytes(text) is None


def test_a_number_of_bytes_may_be_as_large_as_any_disk():
    assert parse_bytes("9" * 18) == 10**18 - 1


@pytest.mark.parametrize(("text", "expected"), [("1e3", True), ("nan", True), ("²", False)])
def test_numbers_are_those_that_python_reads(text, expected):
    assert is_number(text) is expected
