"""What a room lacks of the streams it hears, and when to ask for it: at once for a gap, after a moment for what only a
pulse has shown; asks to one source are spaced, 0.2 s growing to 5 s, reset by progress (journal.md §4)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from colloque.runtime.message import beyond
from colloque.runtime.store.port import Mark

SPACE, LONGEST = 0.2, 5.0
GRACE = 0.3
"""Seconds in which what a pulse shows may be on its way."""
FRUITLESS = 2
"""Asks in vain, after which somebody should look whether anything can arrive at all."""


@dataclass(slots=True)
class Gap:
    end: Mark
    """The furthest that is known to exist; its n is not known."""
    due: float
    asked: tuple[int, int] = (0, 0)
    """What was last asked for: epoch and seq."""
    in_vain: int = 0


@dataclass(slots=True)
class Spacing:
    until: float = 0.0
    delay: float = SPACE


class Lacking:
    """Time is an argument. Streams are "<source>/<topic>/<partition>"."""

    def __init__(self) -> None:
        self._gaps: dict[str, dict[str, Gap]] = defaultdict(dict)
        self._spacing: dict[str, Spacing] = defaultdict(Spacing)

    def __len__(self) -> int:
        return sum(map(len, self._gaps.values()))

    def __contains__(self, stream: str) -> bool:
        return stream in self._gaps.get(source_of(stream), ())

    def note(self, stream: str, end: Mark, due: float) -> None:
        gaps = self._gaps[source_of(stream)]
        gap = gaps.setdefault(stream, Gap(end, due))
        gap.due = min(gap.due, due)
        if beyond(gap.end, end):
            gap.end = end

    def arrived(self, stream: str, last: Mark, now: float) -> None:
        """Up to `last` it is here. While more of it comes there is nothing to ask for."""
        gaps = self._gaps.get(source_of(stream), {})
        gap = gaps.get(stream)
        if gap is None:
            return
        spacing = self._spacing[source_of(stream)]
        spacing.until, spacing.delay = now + SPACE, SPACE
        if beyond(last, gap.end):
            gap.due, gap.in_vain = now + SPACE, 0
        else:
            self._close(stream)

    def forget_before(self, source: str, epoch: int) -> None:
        """That life of its journal is over: what it had and the new one has not will never come."""
        for stream in [stream for stream, gap in self._gaps.get(source, {}).items() if gap.end.epoch < epoch]:
            self._close(stream)

    def _close(self, stream: str) -> None:
        source = source_of(stream)
        del self._gaps[source][stream]
        if not self._gaps[source]:
            del self._gaps[source]
            self._spacing.pop(source, None)

    def due(self, now: float) -> list[str]:
        """The sources to ask now."""
        return [source for source in sorted(self._gaps) if self._time_for(source) <= now]

    def later(self, source: str, until: float) -> None:
        spacing = self._spacing[source]
        spacing.until = max(spacing.until, until)

    def next_due(self) -> float:
        """When there will be somebody to ask; infinite if nothing is lacking."""
        return min(map(self._time_for, self._gaps), default=math.inf)

    def _time_for(self, source: str) -> float:
        due = min(gap.due for gap in self._gaps[source].values())
        return max(due, self._spacing[source].until)

    def ends(self, source: str) -> Mapping[str, Mark]:
        return {stream: gap.end for stream, gap in sorted(self._gaps.get(source, {}).items())}

    def asked(self, source: str, first: Mapping[str, tuple[int, int]], now: float) -> bool:
        """Something has been asked for, or could not be: not again for a while. True if it was asked for in vain and
        nothing of it has come since."""
        spacing = self._spacing[source]
        spacing.until = now + spacing.delay
        spacing.delay = min(LONGEST, spacing.delay * 2)
        stuck = False
        for stream, gap in self._gaps.get(source, {}).items():
            wanted = first.get(stream, gap.asked)
            gap.in_vain = gap.in_vain + 1 if wanted == gap.asked else 0
            gap.asked = wanted
            stuck = stuck or gap.in_vain >= FRUITLESS
        return stuck


def source_of(stream: str) -> str:
    return stream.partition("/")[0]
