"""A story as a whole: what began it, which editions it concerns, what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from colloque_traces.domain.chain import Seen
from colloque_traces.domain.ledger import begins, dossier


@dataclass(frozen=True, slots=True)
class Story:
    """`message`: what began it, empty while its first line has not come. No `editions`: a story of the house."""

    id: str
    at: datetime
    message: str
    about: str | None
    editions: tuple[str, ...]

    @staticmethod
    def of(id: str, lines: Sequence[Seen]) -> Story:
        first = next((one.line for one in lines if begins(one.line)), None)
        return Story(
            id=id,
            at=first.at if first else min(one.line.at for one in lines),
            message=first.message if first else "",
            about=dossier(first) if first else None,
            editions=tuple(sorted({one.line.scope for one in lines if one.line.scope is not None})),
        )
