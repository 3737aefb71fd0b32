"""Words of region names as people type them: spelling, endings, abbreviations and typing errors."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

WORD = re.compile(r"[^\W_]+")

# ---- Spelling and endings ------------------------------------------------------------------------

SPELLINGS = ("ae", "e"), ("oe", "e"), ("grey", "gray"), ("fibre", "fiber"), ("iour", "ior")
"""British and American, and "coeruleus" beside "caeruleus" and "ceruleus"."""

ENDINGS = (
    *("a", "ae", "al", "alis", "ar", "aris", "ary", "e", "es", "i", "ic", "ical", "id", "ine"),
    *("is", "oid", "ous", "s", "um", "us"),
)
ENDING_STARTS = frozenset(ending[:n] for ending in ENDINGS for n in range(len(ending) + 1))
SHORTEST_STEM = 4

FORMS: dict[str, tuple[str, ...]] = {
    "cortex": ("cortical", "ctx", "cx", "area", "areas"),
    "cortical": ("cortex", "ctx"),
    "left": ("l", "lh"),
    "right": ("r", "rh"),
    "anterior": ("ant",),
    "inferior": ("inf",),
    "lateral": ("lat",),
    "medial": ("med",),
    "middle": ("mid",),
    "posterior": ("post",),
    "superior": ("sup",),
    "orbital": ("orb",),
    "opercular": ("oper",),
    "triangular": ("tri",),
    "supplementary": ("supp",),
    "pars": ("part",),
    "compacta": ("compact",),
    "reticulata": ("reticular",),
    "medialis": ("medial",),
    "pontine": ("pons",),
}
"""Other forms of a word in names: abbreviations, Latin, and "area" for a part of the cortex."""

FILLERS = frozenset(("and", "in", "of", "the"))
GENERIC = frozenset(
    (
        *("area", "areas", "body", "complex", "cortex", "field", "gyrus", "lobe", "nuclei"),
        *("nucleus", "part", "region", "zone"),
    )
)
"""Words of which the rest of a name is enough to be found."""

HEMISPHERES = frozenset(("ctx", "l", "left", "lh", "r", "rh", "right"))
"""Words that names of one hemisphere have beside the region's own."""


def split_words(text: str) -> list[str]:
    """Split a text into its words, in lower case and without accents.

    >>> split_words("Ammon's Horn, CA1")
    ['ammon', 's', 'horn', 'ca1']
    """
    if not text.isascii():
        parts = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in parts if not unicodedata.combining(c))
    return WORD.findall(text.casefold())


def unify_spelling(word: str) -> str:
    """Spell a word in the American way.

    >>> unify_spelling("coeruleus"), unify_spelling("grey")
    ('ceruleus', 'gray')
    """
    for british, american in SPELLINGS:
        word = word.replace(british, american)
    return word


def stem(word: str) -> str:
    """Return a word without its Latin or English ending.

    >>> stem("hippocampus") == stem("hippocampal")
    True
    """
    word = re.sub("cles?$", "cul", word)  # fascicle, fasciculus
    best = word
    for ending in ENDINGS:
        cut = len(word) - len(ending)
        if SHORTEST_STEM <= cut < len(best) and word.endswith(ending):
            best = word[:cut]
    return best


# ---- Typing errors -------------------------------------------------------------------------------


LONGEST_WORD = 40
"""Letters; files may hold words of any length."""


def is_correctable(word: str) -> bool:
    """Return whether typing errors in a word can be told from another word."""
    return SHORTEST_STEM <= len(word) <= LONGEST_WORD and word.isalpha()


class WordTable:
    """Words of which the nearest to a mistyped one is looked up, all of them at once.

    Parameters
    ----------
    words
        The words, the most frequent first: of equals the first is taken.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self.words = list(words)
        self._lengths = np.array([len(w) for w in self.words], np.intp)
        self._codes = np.zeros((self._lengths.max(initial=0), len(self.words)), np.uint32)
        for k, word in enumerate(self.words):
            self._codes[: len(word), k] = [ord(c) for c in word]

    def nearest(self, word: str, share: float = 0) -> str:
        """Return the word that was meant, "" if none is near.

        Words of 4 to 7 letters may have one error, longer ones two: a letter that is missing,
        too many, another, or two letters in exchanged order. What is typed may also be the
        beginning of a word.

        Parameters
        ----------
        word
            In lower case.
        share
            Share of the letters that may be wrong instead.
        """
        if not is_correctable(word) or not self.words:
            return ""
        limit = int(share * len(word)) or (1 if len(word) < 8 else 2)
        whole, begun = self.distances(word)
        # A whole word is better than the beginning of another with the same errors.
        cost = np.minimum(2 * whole, 2 * begun + 1)
        cost += np.array([2 * (w[0] != word[0]) for w in self.words], cost.dtype)
        best = int(cost.argmin())
        return self.words[best] if min(whole[best], begun[best]) <= limit else ""

    def distances(self, word: str) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
        """Return errors between a word and each word of the table, and each one's best beginning.

        Optimal string alignment; a column of the dynamic program at a time for all words.
        """
        n = len(self._codes)
        letters = [ord(c) for c in word]
        rows = [np.repeat(np.arange(n + 1, dtype=np.int16)[:, None], len(self.words), axis=1)]
        for i, letter in enumerate(letters):
            above, row = rows[-1], np.empty_like(rows[-1])
            row[0] = i + 1
            differs = self._codes != letter
            for j in range(1, n + 1):
                row[j] = np.minimum(above[j], row[j - 1]) + 1
                np.minimum(row[j], above[j - 1] + differs[j - 1], out=row[j])
                if i and j > 1:
                    swapped = (self._codes[j - 1] == letters[i - 1]) & ~differs[j - 2]
                    np.minimum(row[j], rows[-2][j - 2] + 1, out=row[j], where=swapped)
            rows.append(row)
        last = rows[-1]
        within = np.arange(n + 1)[:, None] <= self._lengths
        begun = np.where(within, last, np.int16(n + len(word))).min(axis=0)
        return last[self._lengths, np.arange(len(self.words))], begun


# ---- Words of regions ----------------------------------------------------------------------------

WHOLE, BEGUN, STEM, INSIDE, IN_ACRONYM = 5, 4, 3, 2, 1
"""How a typed word is in a region's words, 0 for not."""


class RegionWords:
    """Words of acronyms and names, with the regions of each.

    Parameters
    ----------
    acronyms, names
        By rank; background is an empty text.
    """

    def __init__(self, acronyms: Sequence[str], names: Sequence[str]) -> None:
        self._number: dict[str, int] = {}
        counts: dict[str, int] = {}
        lists = []
        for name in names:
            spelled = set(split_words(name))
            for word in spelled:
                counts[word] = counts.get(word, 0) + 1
            every = spelled | {unify_spelling(w) for w in spelled}
            lists.append([self._number.setdefault(w, len(self._number)) for w in sorted(every)])
        self._words = list(self._number)
        self._acronyms = [acronym.casefold() for acronym in acronyms]
        for k, numbers in enumerate(lists):
            numbers.append(len(self._words) + k)
        self._flat = np.array([n for numbers in lists for n in numbers], np.intp)
        self._starts = np.cumsum([0, *(len(numbers) for numbers in lists[:-1])])
        self._stems: dict[str, list[int]] = {}
        for word, number in self._number.items():
            self._stems.setdefault(stem(word), []).append(number)
        # While one types, all words but the last are the same.
        self.match = lru_cache(maxsize=64)(self._match)
        """Return by rank how a word is in the region's words: `WHOLE` to `IN_ACRONYM`, or 0."""
        self.frequent = sorted(counts, key=lambda w: (-counts[w], w))
        """Words of names as they are spelled, the most frequent first."""

    def _match(self, word: str) -> NDArray[np.uint8]:
        found = np.zeros(len(self._words) + len(self._acronyms), np.uint8)
        for form in {word, unify_spelling(word)}:
            # One letter is in nearly every word.
            inside, in_acronym = (INSIDE, IN_ACRONYM) if len(form) > 1 else (0, 0)
            values = [
                WHOLE if w == form else BEGUN if w.startswith(form) else inside if form in w else 0
                for w in self._words
            ]
            values += [
                WHOLE if w == form else BEGUN if w.startswith(form) else in_acronym if form in w
                else 0
                for w in self._acronyms
            ]  # fmt: skip
            np.maximum(found, values, out=found, casting="unsafe")
            near = self._list_stems(form) + [
                self._number[f] for f in FORMS.get(form, ()) if f in self._number
            ]
            found[near] = np.maximum(found[near], STEM)
        best: NDArray[np.uint8] = np.maximum.reduceat(found[self._flat], self._starts)
        best.flags.writeable = False
        return best

    def _list_stems(self, word: str) -> list[int]:
        """List the words of which a typed one has the stem; its ending may be half typed."""
        return [
            number
            for cut in range(SHORTEST_STEM, len(word) + 1)
            if word[cut:] in ENDING_STARTS
            for number in self._stems.get(word[:cut], ())
        ]
