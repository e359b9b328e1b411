"""How full something is, as coarsely as strangers are told: « at least so many are free ». It is told when it crosses
one of these marks and never in between, so that an ordinary registration tells nobody anything more."""

from __future__ import annotations

from bisect import bisect_right

MARKS = (0, 1, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


def at_least(left: int) -> int:
    """The highest mark that so many reach."""
    return MARKS[bisect_right(MARKS, max(0, left)) - 1]


def told(before: int, left: int) -> int:
    """What is said of so many, when `before` was said last. What is said stays true: it falls at once, and nothing that
    is free is called full; above that it rises only well past the next mark, lest somebody who comes and goes tells it
    every time."""
    now = at_least(left)
    if now > before > 0 and left < (following := MARKS[MARKS.index(before) + 1]) + following // 5:
        return before
    return now
