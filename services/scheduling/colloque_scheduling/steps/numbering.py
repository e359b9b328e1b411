"""Numbers by which other programs know sessions, rooms and people: given as soon as a feed may name them."""

from __future__ import annotations

from collections.abc import Iterable

from colloque.runtime.work import Work
from colloque_scheduling.domain.programme.numbers import Numbers


async def number(
    work: Work,
    edition: str,
    *,
    sessions: Iterable[str] = (),
    rooms: Iterable[str] = (),
    people: Iterable[str] = (),
) -> None:
    known = await work.get(Numbers, edition)
    change = (known or Numbers(id=edition)).given(
        work.new_id, sessions=sessions, rooms=dict.fromkeys(rooms), people=dict.fromkeys(people)
    )
    if change.document is not known:
        work.keep(change)
