"""Names, as the contacts tell them: of those who may speak, and on the pages where they do."""

from __future__ import annotations

from colloque.contracts.registration import Contact
from colloque.runtime.work import Answer, Change, Work
from colloque_scheduling.domain.programme.edition import Edition
from colloque_scheduling.domain.programme.invitation import Invitation
from colloque_scheduling.domain.programme.person import Person
from colloque_scheduling.domain.programme.release import Programme


async def follow_contact(fact: Contact, work: Work) -> Answer:
    """The later version stays, whatever comes when. Whoever only registers is none of this room's business, and costs
    it not even a look."""
    if not (fact.described or fact.erased):
        return None
    known, heard = await work.get(Person, fact.subject), Person.of(fact)
    if known is None and fact.erased:
        return None
    if known is not None and not heard.is_newer_than(known):
        return None
    work.keep(Change(heard))
    invitations = await work.find(Invitation, person=heard.id)
    if fact.erased:
        for one in invitations:
            if one.message:
                work.keep(Change(one.becomes(message="")))
    for edition in sorted({one.edition for one in invitations}):
        await _rename(work, edition, heard)
    return None


async def _rename(work: Work, edition: str, person: Person) -> None:
    programme, known = await work.get(Programme, edition), await work.get(Edition, edition)
    if programme is None or known is None or programme.names.get(person.id, "") == person.name:
        return
    work.keep(Change(programme.becomes(names={**programme.names, person.id: person.name})))
    work.keep(Change(known.becomes()))
