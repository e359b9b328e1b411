"""What this room keeps of what others say."""

from __future__ import annotations

from typing import Any

from colloque.contracts.registration import Contact
from colloque.contracts.scheduling import EditionFact, ProgrammeReleased
from colloque.runtime.work import Answer, Change, Work
from colloque_notifications.domain.known import KnownContact, KnownEdition, KnownProgramme, KnownRelease


async def follow_contact(fact: Contact, work: Work) -> Answer:
    """The later version stays, whatever comes when."""
    known = await work.get(KnownContact, fact.subject)
    heard = KnownContact.of(fact)
    if known is None:
        work.keep(Change(heard))
    elif heard.is_newer_than(known):
        work.keep(Change(heard.model_copy(update={"version": known.version + 1})))
    return None


_STATES = {
    "edition.announced.v1": "announced",
    "edition.opened.v1": "open",
    "edition.registration_closed.v1": "registration_closed",
    "edition.postponed.v1": "postponed",
    "edition.cancelled.v1": "cancelled",
    "edition.closed.v1": "closed",
}


async def follow_edition(fact: EditionFact, work: Work) -> Answer:
    known = await work.get(KnownEdition, fact.subject)
    state = _STATES.get(fact.type, known.state if known else "announced")
    # Why it is off stays what was said of that until it is on again.
    reason = known.reason if known and fact.type not in _STATES else (getattr(fact, "reason", None) or {})
    values: dict[str, Any] = {"frame": fact.frame, "state": state, "reason": reason}
    work.keep(Change(known.becomes(**values) if known else KnownEdition(id=fact.subject, **values)))
    return None


async def follow_release(fact: ProgrammeReleased, work: Work) -> Answer:
    known = await work.get(KnownProgramme, fact.edition) or KnownProgramme(id=fact.edition, version=-1)
    if fact.n > known.n:
        work.keep(Change(known.released(fact.n, fact.tracks, fact.changes, fact.at)))
        told = tuple(change for change in fact.changes if change.kinds)
        if told:
            work.keep(Change(KnownRelease(id=KnownRelease.id_of(fact.edition, fact.n), n=fact.n, changes=told)))
    return None
