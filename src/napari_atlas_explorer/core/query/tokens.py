"""Tokens of the query language: words, operators and parentheses.

Operators stand between spaces: a hundred of Allen's acronyms hold a "-", and names hold "+"
and "&". Parentheses group where they do not belong to a word such as "(part)". What stands in
quotes is taken as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..errors import ArgumentError

OPERATORS = {"+", "&", "-"}
QUOTES = "\"'"

Kind = Literal["term", "operator", "open", "close"]


class QueryError(ArgumentError):
    """A query cannot be understood.

    Attributes
    ----------
    start, end
        The offending characters are ``text[start:end]``.
    """

    def __init__(self, text: str, start: int, end: int, why: str) -> None:
        self.text, self.start, self.end, self.why = text, start, max(end, start + 1), why
        shown = text[start:end] or "the end"
        super().__init__(f"{why} at character {start + 1} ({shown!r} in {text!r})")


@dataclass(frozen=True)
class Token:
    """A piece of a query.

    Attributes
    ----------
    kind
        What it is.
    text
        Of a term: its words as typed, joined by what stood between them; quotes taken off.
    start, end
        Its place in the query.
    quoted
        Whether it is in quotes as a whole: then it is a name and nothing else.
    """

    kind: Kind
    text: str
    start: int
    end: int
    quoted: bool = False


def tokens_of(text: str) -> list[Token]:
    """Cut a query; words that follow one another are one term."""
    found: list[Token] = []
    for token in _split_query(text):
        last = found[-1] if found else None
        both_words = last is not None and last.kind == token.kind == "term"
        if both_words and last is not None and not last.quoted and not token.quoted:
            joined = text[last.start : token.end]
            found[-1] = Token("term", joined, last.start, token.end)
        else:
            found.append(token)
    return found


def _split_query(text: str) -> list[Token]:
    found: list[Token] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
        elif text[at] in QUOTES:
            at = _read_quoted(text, at, "", found)
        elif text[at] == "/" and _find_regex_end(text, at):
            end = _find_regex_end(text, at)
            found.append(Token("term", text[at:end], at, end))
            at = end
        else:
            at = _read_word(text, at, found)
    return found


def _find_regex_end(text: str, at: int) -> int:
    """End of a regular expression that begins here, 0 if none does."""
    end = at + 1
    while end < len(text):
        if text[end] == "\\":
            end += 1
        elif text[end] == "/" and (end + 1 == len(text) or text[end + 1] in " )"):
            return end + 1
        end += 1
    return 0


def _read_quoted(text: str, at: int, prefix: str, found: list[Token]) -> int:
    """Take a quoted name; ``prefix`` is what stood right before it, such as "left:"."""
    end = text.find(text[at], at + 1)
    if end < 0:
        raise QueryError(text, at, len(text), "a quotation mark that is not closed")
    start = at - len(prefix)
    found.append(Token("term", prefix + text[at + 1 : end], start, end + 1, quoted=True))
    return end + 1


def _count_unclosed(found: list[Token]) -> int:
    """Return the parentheses that are open within the words of the term that is being read."""
    count = 0
    for token in reversed(found):
        if token.kind != "term":
            break
        count += token.text.count("(") - token.text.count(")")
    return max(0, count)


def _read_word(text: str, at: int, found: list[Token]) -> int:
    """Take what stands up to the next space; parentheses around it may be groups."""
    end = at
    while end < len(text) and not text[end].isspace():
        if text[end] in QUOTES and text[end - 1] in ":(":
            break  # left:"a name", ("a name"
        if text[end] == "/" and text[end - 1] in ":(" and _find_regex_end(text, end):
            break
        end += 1
    word = text[at:end]
    in_term = bool(found) and found[-1].kind == "term"
    first = 0
    # Within a term, as in "Nucleus (part 2)", a parenthesis belongs to the name.
    while first < len(word) and word[first] == "(" and not in_term:
        found.append(Token("open", "(", at + first, at + first + 1))
        first += 1
    inner = word[first:]
    colon = inner.find(":(")
    if colon >= 0 and inner.count("(") > inner.count(")"):
        # left:(CTX + TH): the prefix of a group.
        found.append(Token("term", inner[: colon + 1], at + first, at + first + colon + 1))
        start = at + first + colon + 1
        found.append(Token("open", "(", start, start + 1))
        return start + 1
    closes = inner.count(")") - inner.count("(") - _count_unclosed(found)
    last = len(inner)
    while last > 0 and inner[last - 1] == ")" and closes > 0:
        last, closes = last - 1, closes - 1
    body = inner[:last]
    start = at + first
    if end < len(text) and text[end] in QUOTES and body.endswith(":"):
        return _read_quoted(text, end, body, found)
    if end < len(text) and text[end] == "/" and body.endswith(":"):
        stop = _find_regex_end(text, end)
        found.append(Token("term", body + text[end:stop], start, stop))
        return stop
    if body in OPERATORS:
        found.append(Token("operator", body, start, start + len(body)))
    elif body:
        found.append(Token("term", body, start, start + len(body)))
    for n in range(len(inner) - last):
        place = start + last + n
        found.append(Token("close", ")", place, place + 1))
    return end
