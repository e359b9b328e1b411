"""What the console and the API show of mails. Pages follow the dense number that mails of an edition have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from colloque.runtime.desk import Desk
from colloque.runtime.refusal import NotFound
from colloque_notifications.domain.again import Again
from colloque_notifications.domain.known import KnownContact, KnownEdition
from colloque_notifications.domain.mail import Mail, MailBook
from colloque_notifications.words import GROUPS, masked

PAGE = 50
FEW = 500
"""So many are looked through at once; of more, a page is a stretch of numbers, of which it shows what fits."""


@dataclass(frozen=True)
class MailPage:
    book: MailBook
    mails: list[Mail]
    older: int
    """`before` of the next page; 0 where there is none."""


class MailReads:
    def __init__(self, desk: Desk) -> None:
        self.reads = desk.reads

    async def edition(self, id: str) -> KnownEdition:
        known = await self.reads.glance(KnownEdition, id)
        if known is None:
            raise NotFound(f"no edition {id} is known here")
        return known

    async def series_of(self, id: str) -> str | None:
        known = await self.reads.glance(KnownEdition, id)
        return known.frame.series if known else None

    async def page(self, edition: str, *, group: str = "", template: str = "", before: int = 0) -> MailPage:
        book = await self.reads.get(MailBook, edition) or MailBook(id=edition)
        top = min(before - 1, book.n) if before else book.n
        states = GROUPS[group][1] if group else ()
        count = book.of_state(*states) if states else book.of_template(template) if template else book.n
        mails: list[Mail] = []
        while top > 0 and len(mails) < PAGE:
            bottom = 1 if (states or template) and count <= FEW else max(1, top - PAGE + 1)
            found = await self._between(edition, bottom, top, states, template)
            mails += found[: PAGE - len(mails)]
            top = bottom - 1
        full = len(mails) == PAGE and mails[-1].seq > 1
        return MailPage(book, mails, mails[-1].seq if full else 0)

    async def _between(self, edition: str, low: int, high: int, states: Sequence[str], template: str) -> list[Mail]:
        if states:
            found = [
                mail
                for state in states
                for mail in await self.reads.window(
                    Mail, low=low, high=high, reverse=True, edition=edition, state=state
                )
            ]
            found.sort(key=lambda mail: mail.seq, reverse=True)
            return [mail for mail in found if not template or mail.template == template]
        if template:
            return await self.reads.window(Mail, low=low, high=high, reverse=True, edition=edition, template=template)
        return await self.reads.window(Mail, low=low, high=high, reverse=True, edition=edition)

    async def mail(self, edition: str, id: str) -> Mail:
        mail = await self.reads.get(Mail, id)
        if mail is None or mail.edition != edition:
            raise NotFound("there is no such mail")
        return mail

    async def again(self, mail: Mail) -> tuple[Again, bool]:
        """How often it was sent again, or the mail that it says again; and whether the last is still to go."""
        first = mail.first or mail.id
        again = await self.reads.get(Again, first) or Again(id=first)
        last = await self.reads.get(Mail, again.last) if again.last else None
        return again, last is not None and last.open

    async def masked_addresses(self, mails: Sequence[Mail]) -> dict[str, str]:
        """Person → their address, masked; « … » for somebody not yet, or no longer, known."""
        people = list(dict.fromkeys(mail.person for mail in mails))
        known = await self.reads.all(KnownContact, people)
        return {person: masked(one.email) if one else "…" for person, one in zip(people, known, strict=True)}
