"""What this room learns from scheduling: editions, and the sessions of a programme."""

from __future__ import annotations

from datetime import datetime

from colloque.contracts.fact import SessionChange
from colloque.contracts.scheduling import EditionFact, ProgrammeReleased
from colloque.runtime.work import Answer, Change, Work
from colloque_registration.domain.editions import Door, Edition, EditionDesk, told
from colloque_registration.domain.sessions import SessionSeats, seats_id
from colloque_registration.steps.agenda import begin_telling
from colloque_registration.steps.offering import ask_again, hurry_offers, offer_places

DOORS: dict[str, Door] = {
    "edition.announced.v1": "announced",
    "edition.opened.v1": "open",
    "edition.registration_closed.v1": "closed",
    "edition.postponed.v1": "postponed",
    "edition.cancelled.v1": "cancelled",
    "edition.closed.v1": "over",
}


async def follow_edition(fact: EditionFact, work: Work) -> Answer:
    id = fact.frame.edition
    known, desk = await work.get(Edition, id), await work.get(EditionDesk, id)
    page, counted = told(id, fact.frame, DOORS.get(fact.type), known, desk)
    work.keep(Change(page))
    if desk is None:
        work.keep(Change(counted))
        return None
    if counted.capacity > desk.capacity:
        counted = await ask_again(counted, work)
    work.keep(desk.telling(await offer_places(counted, work), work.now))
    await hurry_offers(counted, work)
    return None


async def follow_release(fact: ProgrammeReleased, work: Work) -> Answer:
    """Seats follow their session, wherever it has moved to. Who booked a session that is called off still has it in
    their registration until they are told."""
    page = await work.get(Edition, fact.edition) or Edition(id=fact.edition, version=-1)
    if fact.n <= page.release:
        return None
    every = dict.fromkeys((*page.sessions, *(change.session for change in fact.changes)))
    known = await work.all(SessionSeats, [seats_id(fact.edition, session) for session in every])
    seats = {one.session: one for one in known if one is not None}
    frames = {session: one.frame for session, one in seats.items() if session in page.sessions}
    for change in fact.changes:
        if (after := _released(fact.edition, change, seats.get(change.session), work.now)) is not None:
            work.keep(after)
        frames.pop(change.session, None)
        if change.current is not None:
            frames[change.session] = change.current
    standing = sorted(frames.values(), key=lambda frame: (frame.slot.starts_at, frame.id))
    opens_at = next((frame.slot.starts_at for frame in standing if not frame.off), None)
    sessions = tuple(frame.id for frame in standing)
    work.keep(Change(page.becomes(release=fact.n, opens_at=opens_at, tracks=fact.tracks, sessions=sessions)))
    desk = await work.get(EditionDesk, fact.edition)
    if desk is not None:
        desk = work.keep(Change(desk.becomes(release=fact.n, opens_at=opens_at)))
        await hurry_offers(desk, work)
        await begin_telling(fact, desk, work)
    return None


def _released(
    edition: str, change: SessionChange, seats: SessionSeats | None, at: datetime
) -> Change[SessionSeats] | None:
    if seats is not None:
        return seats.released(change.current).document.telling(at)
    if change.current is None:
        return None
    now = change.current
    return Change(SessionSeats(id=seats_id(edition, change.session), edition=edition, frame=now, gone=now.off))
