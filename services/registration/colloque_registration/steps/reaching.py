"""Whether people can be written to."""

from __future__ import annotations

from colloque.contracts.notifications import MessageFailed
from colloque.runtime.work import Answer, Work
from colloque_registration.domain.people import Person


async def note_unreached(fact: MessageFailed, work: Work) -> Answer:
    """Whoever speaks with them should know that their mailbox did not take a mail."""
    person = await work.get(Person, fact.person)
    if person is not None:
        work.keep(person.unreached(fact.at, fact.status))
    return None
