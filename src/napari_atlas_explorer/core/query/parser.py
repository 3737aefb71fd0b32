"""Queries: "CTX - VIS", "left:(HPF + TH) & volume>1", "/layer 1$/ - own:CTX".

Names, ids and regular expressions stand for whole regions, with everything below them; so does
``depth=5``. ``leaf`` and ``volume>1`` stand for regions by themselves, since all ancestors of
a large region are large. ``own:`` before a term leaves out what is below; ``under:`` leaves out
the region itself. ``&`` binds tighter than ``+`` and ``-``, which are worked off from the left.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping

from ..regions.rank_volume import RankVolume
from ..selection import Selection
from ..space.hemispheres import LEFT, RIGHT
from .terms import term_selection
from .tokens import QueryError, Token, tokens_of

MAX_DEPTH = 100
MAX_LENGTH = 20_000
SIDE_PREFIXES = {"left:": LEFT, "right:": RIGHT}
IS_EXPRESSION = re.compile(
    r"(^|\s)[+&-](\s|$)|^/.*/$|^\(|(^|[\s(])(left|right|own|under):|^leaf$|(depth|volume)\s*[<>=]",
    re.IGNORECASE,
)


def is_expression(text: str) -> bool:
    """Return whether a text of the search box is a query and not just the beginning of a name."""
    return IS_EXPRESSION.search(text.strip()) is not None


def select(
    text: str, rank_volume: RankVolume, named: Mapping[str, Selection] | None = None
) -> Selection:
    """Return the selection that a query describes.

    Parameters
    ----------
    text
        The query.
    rank_volume
        The annotation, whose hierarchy names the regions.
    named
        Sets of the user's own, by name.

    Raises
    ------
    QueryError
        In one line, with the place of the offending characters.
    """
    if len(text) > MAX_LENGTH:
        raise QueryError(text[:60], 0, 60, f"a query of {len(text)} characters")
    tokens = tokens_of(text)
    if not tokens:
        raise QueryError(text, 0, len(text), "nothing is asked for")
    return _Parser(text, tokens, rank_volume, named or {}).whole()


class _Parser:
    """Recursive descent over the tokens of one query."""

    def __init__(
        self,
        text: str,
        tokens: list[Token],
        rank_volume: RankVolume,
        named: Mapping[str, Selection],
    ) -> None:
        self.text, self.tokens, self.rank_volume, self.named = text, tokens, rank_volume, named
        self.at = 0
        self.depth = 0

    def whole(self) -> Selection:
        result = self.sum()
        if self.at < len(self.tokens):
            extra = self.tokens[self.at]
            why = "a parenthesis that was not opened" if extra.kind == "close" else "an operator"
            raise self.error(extra, why if extra.kind == "close" else "expected +, & or - before")
        return result

    def sum(self) -> Selection:
        result = self.product()
        while (token := self.peek()) and token.kind == "operator" and token.text in "+-":
            self.at += 1
            other = self.product()
            result = result | other if token.text == "+" else result - other
        return result

    def product(self) -> Selection:
        result = self.operand()
        while (token := self.peek()) and token.kind == "operator" and token.text == "&":
            self.at += 1
            result = operator.and_(result, self.operand())
        return result

    def operand(self) -> Selection:
        token = self.peek()
        if token is None:
            raise QueryError(
                self.text, len(self.text), len(self.text), "a region is missing at the end"
            )
        if token.kind == "open":
            return self.group(token)
        if token.kind != "term":
            raise self.error(token, "a region is missing before")
        self.at += 1
        following = self.peek()
        prefix = token.text.lower()
        if following is not None and following.kind == "open" and prefix in SIDE_PREFIXES:
            return self.group(following).in_hemisphere(SIDE_PREFIXES[prefix])
        return term_selection(self.text, token, self.rank_volume, self.named)

    def group(self, opened: Token) -> Selection:
        self.at += 1
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error(opened, f"more than {MAX_DEPTH} parentheses in each other")
        result = self.sum()
        closing = self.peek()
        if closing is None or closing.kind != "close":
            raise self.error(opened, "a parenthesis that is not closed")
        self.at += 1
        self.depth -= 1
        return result

    def peek(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def error(self, token: Token, why: str) -> QueryError:
        return QueryError(self.text, token.start, token.end, why)
