"""A release of the programme reaches exactly those who have booked what it changed: slice by slice, each a turn of its
own, resumable and fair to others. Each one is told once: a slice is told in the commit that moves the cursor past it,
and a registration keeps the number of the last release it has heard of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from colloque.contracts.fact import EditionId, SessionId
from colloque.contracts.scheduling import ProgrammeReleased
from colloque.runtime.work import Answer, Change, Find, Work
from colloque_registration.commands import SettleClash, TellOfRelease
from colloque_registration.domain.agenda import LOOK, SLICE, Concern, Release, Telling, concern, release_id, shifts_of
from colloque_registration.domain.editions import EditionDesk
from colloque_registration.domain.registration import Registration
from colloque_registration.domain.sessions import SessionSeats, first_overlap, seats_id
from colloque_registration.steps.finding import desk_of, linked


async def begin_telling(fact: ProgrammeReleased, desk: EditionDesk, work: Work) -> None:
    """Whoever takes a place from now on knows of this release. One that changes nothing that anybody can have booked
    (the first one, say) is told to nobody; nor is one of an edition that nobody will come to."""
    shifts = shifts_of(fact.changes)
    if not shifts or desk.called_off:
        return
    telling = await work.get(Telling, fact.edition) or Telling(id=fact.edition, version=-1)
    id = release_id(fact.edition, fact.n)
    work.keep(Change(Release(id=id, edition=fact.edition, n=fact.n, shifts=shifts)))
    work.keep(telling.heard(fact.n, desk.numbered))
    if telling.in_hand is None:
        work.wake(work.now, TellOfRelease(edition=fact.edition, n=fact.n))


async def tell_of_release(command: TellOfRelease, work: Work) -> Answer:
    """One slice. What is heard again after it is done, or by an older cursor, changes nothing."""
    edition = command.edition
    telling = await work.get(Telling, edition)
    if telling is None or (telling.in_hand, telling.after) != (command.n, command.after):
        return None
    numbers = telling.next_slice
    await work.ahead(
        *(Find.by(Registration, {"edition": edition, "number": number}) for number in numbers),
        *((Release, release_id(edition, n)) for n in telling.queue),
    )
    registrations = [one for number in numbers for one in await work.find(Registration, edition=edition, number=number)]
    told = await _tell(edition, telling.queue, registrations, work)
    reached = told[-1].number if len(told) == SLICE else min(telling.after + LOOK, telling.upto)
    after = work.keep(telling.told_slice(len(told), reached))
    if after.in_hand != command.n:
        release = await work.get(Release, release_id(edition, command.n))
        assert release is not None
        work.keep(Change(release, gone=True))
    if after.in_hand is not None:
        work.wake(work.now, TellOfRelease(edition=edition, n=after.in_hand, after=after.after))
    return len(told)


async def told_by_now(registration: Registration, work: Work) -> Registration:
    """Somebody changes their sessions while those concerned are being told: they are told first, out of turn, so that
    no later choice is taken for something a release has changed."""
    telling = await work.get(Telling, registration.edition)
    left = telling.still_to_tell(registration.number) if telling is not None else ()
    if telling is None or not left or registration.state != "confirmed":
        return registration
    for place, n in enumerate(left):
        for told in await _tell(registration.edition, left[place:], [registration], work):
            registration = told
            if n == telling.in_hand:
                telling = work.keep(telling.told_one())
        registration = registration if registration.heard >= n else registration.becomes(heard=n)
    work.keep(Change(registration))
    return registration


async def settle_clash(command: SettleClash, work: Work) -> Answer:
    """Giving up a seat is possible for as long as there is something to come to, after the door has closed too. Where
    the two are no longer both held, or at different times again, there is nothing to settle."""
    registration = await linked(command.registration, command.links, work)
    (await desk_of(registration.edition, work)).not_called_off()
    registration = await told_by_now(registration, work)
    pair = (command.keep, command.drop)
    if registration.state != "confirmed" or not set(pair) <= set(registration.sessions):
        return None
    seats = await work.all(SessionSeats, [seats_id(registration.edition, session) for session in pair])
    both = [one for one in seats if one is not None]
    if len(both) < len(pair) or command.keep == command.drop or first_overlap(both) is None:
        return None
    work.keep(both[1].give_back().document.telling(work.now))
    held = [session for session in registration.sessions if session != command.drop]
    work.keep(registration.amend(held, added=(), freed=(command.drop,), without=(), at=work.now))
    return None


async def _tell(
    edition: EditionId, queue: Sequence[int], registrations: Iterable[Registration], work: Work
) -> list[Registration]:
    """Those of them that the first release of the queue concerns, told: as many as one turn bears."""
    found = await work.all(Release, [release_id(edition, n) for n in queue])
    release, *later = [one for one in found if one is not None]
    shifts = {shift.session: shift for shift in release.shifts}
    concerned = [
        one
        for one in registrations
        if one.state == "confirmed" and one.heard < release.n and not shifts.keys().isdisjoint(one.sessions)
    ][:SLICE]
    booked = {session for one in concerned for session in one.sessions}
    seats = await _seats(edition, booked, work)
    hours = {session: one.frame.slot for session, one in seats.items()}
    for next_one in reversed(later):  # a session that a later release moves is, with this one, where that found it
        hours |= {shift.session: shift.was for shift in next_one.shifts if shift.session in booked}
    told, released = list[Registration](), Counter[SessionId]()
    for one in concerned:
        means: Concern = concern(one.sessions, shifts, hours)
        told.append(work.keep(one.told(means, release.n, work.now)))
        released.update(means.released)
    for session, count in released.items():
        work.keep(seats[session].give_back(count).document.telling(work.now))
    return told


async def _seats(edition: EditionId, sessions: Iterable[SessionId], work: Work) -> Mapping[SessionId, SessionSeats]:
    found = await work.all(SessionSeats, [seats_id(edition, session) for session in sorted(sessions)])
    return {one.session: one for one in found if one is not None}


__all__ = ["begin_telling", "settle_clash", "tell_of_release", "told_by_now"]
