"""Words with typing errors, against a plain dynamic program."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_atlas_explorer.core.query.words import WordTable, split_words, stem, unify_spelling


def errors(a: str, b: str) -> int:
    """Optimal string alignment distance, written as it is defined."""
    d = {(i, 0): i for i in range(len(a) + 1)} | {(0, j): j for j in range(len(b) + 1)}
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            ways = [d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1] + (a[i - 1] != b[j - 1])]
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                ways.append(d[i - 2, j - 2] + 1)
            d[i, j] = min(ways)
    return d[len(a), len(b)]


WORDS = st.text("abc", min_size=1, max_size=6)


@given(WORDS, st.lists(WORDS, min_size=1, max_size=5))
def test_errors_are_counted_as_defined(word: str, table: list[str]) -> None:
    whole, begun = WordTable(table).distances(word)
    assert whole.tolist() == [errors(word, w) for w in table]
    beginnings = [min(errors(word, w[:n]) for n in range(len(w) + 1)) for w in table]
    assert begun.tolist() == beginnings


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("thalmus", "thalamus"),
        ("thalaums", "thalamus"),
        ("thalm", "thalamus"),  # as far as it is typed
        ("tholomus", "thalamus"),
        ("xholomas", ""),
        ("tha", ""),  # too short to tell
        ("pons", "pons"),
    ],
)
def test_one_error_in_short_words_two_in_long_ones(typed: str, meant: str) -> None:
    assert WordTable(["pons", "hypothalamus", "thalamus"]).nearest(typed) == meant


@pytest.mark.parametrize(
    "forms",
    [
        ("hippocampus", "hippocampal", "hippocampi"),
        ("amygdala", "amygdalar", "amygdaloid"),
        ("thalamus", "thalamic"),
        ("nucleus", "nuclei"),
        ("olive", "olivary"),
        ("fascicle", "fasciculus"),
    ],
)
def test_forms_of_a_word_have_one_stem(forms: tuple[str, ...]) -> None:
    assert len({stem(form) for form in forms}) == 1


def test_words_are_split_and_spelled_alike() -> None:
    assert split_words("ctx-lh_Précentral 2/3") == ["ctx", "lh", "precentral", "2", "3"]
    spellings = {unify_spelling(w) for w in ("coeruleus", "caeruleus", "ceruleus")}
    assert spellings == {"ceruleus"}
