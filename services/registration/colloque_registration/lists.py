"""The list of an edition's registrations: looked through, searched, taken away as a file."""

from __future__ import annotations

import asyncio
import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from colloque.contracts.fact import EditionId
from colloque.contracts.registration import ticket_code
from colloque.runtime.desk import Desk
from colloque_registration.domain.names import fold, words
from colloque_registration.domain.people import Person
from colloque_registration.domain.registration import Registration
from colloque_registration.domain.sessions import SessionSeats
from colloque_registration.domain.states import State
from colloque_registration.sealing import Seal

Columns = Literal["badges", "attendance", "catering"]
SLICE = 500
MOST_FOUND = 200
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Lists:
    def __init__(self, desk: Desk) -> None:
        self._reads = desk.reads

    async def page(self, edition: EditionId, high: int, size: int) -> list[Registration]:
        """Numbers are dense: a page is a range of them, the latest first."""
        return await self._reads.window(
            Registration, edition=edition, low=max(1, high - size + 1), high=high, reverse=True
        )

    async def in_state(self, edition: EditionId, state: State, before: int, size: int) -> list[Registration]:
        return await self._reads.window(
            Registration, edition=edition, state=state, low=1, high=before - 1, reverse=True, limit=size
        )

    async def after(self, edition: EditionId, number: int, size: int) -> list[Registration]:
        return await self._reads.window(Registration, edition=edition, low=number + 1, high=number + size)

    async def search(self, edition: EditionId, question: str, state: State | None) -> list[Registration]:
        """Those who have every word of the question, in a name or as the whole address."""
        asked = [one for part in question.split() for one in ((part.casefold(),) if "@" in part else words(part))]
        if not asked:
            return []
        found = await asyncio.gather(
            *(self._reads.find(Registration, words=f"{edition} {word}") for word in dict.fromkeys(asked[:8]))
        )
        in_all = set.intersection(*({one.id for one in each} for each in found))
        hits = [one for one in found[0] if one.id in in_all and state in (None, one.state)]
        return sorted(hits, key=lambda one: one.number, reverse=True)[:MOST_FOUND]

    async def people(self, registrations: Iterable[Registration]) -> Mapping[str, Person]:
        found = await self._reads.all(Person, dict.fromkeys(one.person for one in registrations))
        return {person.id: person for person in found if person is not None}

    async def everybody(self, edition: EditionId) -> list[tuple[Registration, Person]]:
        """Who is confirmed, in the order of a list on paper: by family name, accents and case aside."""
        rows, before = list[tuple[Registration, Person]](), 2**31
        while part := await self.in_state(edition, "confirmed", before, SLICE):
            people = await self.people(part)
            rows += [(one, people[one.person]) for one in part if one.person in people]
            before = part[-1].number
        return sorted(rows, key=lambda row: (fold(row[1].family), fold(row[1].given), row[0].number))


def rows_of(
    columns: Columns, everybody: Sequence[tuple[Registration, Person]], sessions: Sequence[SessionSeats], seal: Seal
) -> list[list[str]]:
    """Each purpose has the columns it needs, and no other."""
    match columns:
        case "badges":
            return [
                ["number", "code", "given", "family", "photo"],
                *(
                    [
                        str(one.number),
                        ticket_code(one.id),
                        person.given,
                        person.family,
                        "yes" if one.answers.consents.standing("image") else "no",
                    ]
                    for one, person in everybody
                ),
            ]
        case "attendance":
            bookable = [one for one in sessions if one.bookable]
            return [
                ["number", "family", "given", *(one.session for one in bookable)],
                *(
                    [
                        str(one.number),
                        person.family,
                        person.given,
                        *("x" if s.session in one.sessions else "" for s in bookable),
                    ]
                    for one, person in everybody
                ),
            ]
        case "catering":
            meals = Counter(seal.open(one.answers.needs).meal for one, _ in everybody)
            return [["meal", "count"], *([meal, str(count)] for meal, count in sorted(meals.items()))]


def table(rows: Iterable[Sequence[str]]) -> bytes:
    """As a spreadsheet opens it: UTF-8 said so, and no cell that it would take for a formula."""
    written = io.StringIO(newline="")
    csv.writer(written, quoting=csv.QUOTE_MINIMAL).writerows([[harmless(cell) for cell in row] for row in rows])
    return b"\xef\xbb\xbf" + written.getvalue().encode()


def harmless(cell: str) -> str:
    return f"'{cell}" if cell.lstrip().startswith(_FORMULA) or cell.startswith(_FORMULA) else cell
