"""« My registration » is changed, or given up."""

from __future__ import annotations

from colloque.runtime.work import Answer, Timer, Work
from colloque_registration.commands import (
    CancelRegistration,
    ChangeConsent,
    ChangeNeeds,
    ChangeSessions,
    ExpireOffer,
    ExpireRegistration,
)
from colloque_registration.domain.agenda import Telling
from colloque_registration.domain.consents import TEXT_VERSION
from colloque_registration.domain.editions import EditionDesk
from colloque_registration.domain.registration import Registration
from colloque_registration.domain.sessions import SessionSeats, choose, first_overlap, seat, seats_id
from colloque_registration.steps.agenda import told_by_now
from colloque_registration.steps.finding import desk_of, line_of, linked
from colloque_registration.steps.offering import ask_again, offer_places


async def change_sessions(command: ChangeSessions, work: Work) -> Answer:
    """Seats are given back and taken in one go. What is asked for and full leaves the one held at that time in place:
    nobody loses a seat for one they did not get."""
    registration = await linked(command.registration, command.links, work)
    edition, wanted = registration.edition, tuple(dict.fromkeys(command.sessions))
    await work.ahead(
        (EditionDesk, edition),
        (Telling, edition),
        *((SessionSeats, seats_id(edition, session)) for session in (*registration.sessions, *wanted)),
    )
    (await desk_of(edition, work)).let_in(work.now)
    registration = await told_by_now(registration, work)
    every = dict.fromkeys((*registration.sessions, *wanted))
    found = await work.all(SessionSeats, [seats_id(edition, session) for session in every])
    known = {one.session: one for one in found if one is not None}
    new = [session for session in wanted if session not in registration.sessions]
    choose(wanted, known.values(), held=registration.sessions)
    if registration.state != "confirmed":
        work.keep(registration.ask(wanted))
        return None
    kept = [known[session] for session in registration.sessions if session in wanted]
    given_up = [known[session] for session in registration.sessions if session not in wanted]
    taken, without = seat((known[session] for session in new), kept)
    missed = [known[session] for session in without]
    stays = [one for one in given_up if any(first_overlap([one, full]) for full in missed)]
    freed = [one for one in given_up if one not in stays]
    for one in freed:
        work.keep(one.give_back().document.telling(work.now))
    for one in taken:
        work.keep(one.telling(work.now))
    held = {one.session for one in (*kept, *stays, *taken)}
    work.keep(
        registration.amend(
            [session for session in every if session in held],
            added=[one.session for one in taken],
            freed=[one.session for one in freed],
            without=without,
            at=work.now,
        )
    )
    return {"without": list(without)}


async def change_needs(command: ChangeNeeds, work: Work) -> Answer:
    registration = await linked(command.registration, command.links, work)
    work.keep(registration.need(command.needs))
    return None


async def change_consent(command: ChangeConsent, work: Work) -> Answer:
    registration = await linked(command.registration, command.links, work)
    work.keep(registration.consent(command.purpose, command.given, TEXT_VERSION, work.now))
    return None


async def cancel(command: CancelRegistration, work: Work) -> Answer:
    """The place and the seats are free again. The place is offered to the first in line at once."""
    await work.ahead((Registration, command.registration), (Timer, f"ExpireRegistration/{command.registration}"))
    registration = await linked(command.registration, command.links, work)
    if registration.state == "cancelled":
        return None
    registration.to("cancelled")
    edition = registration.edition
    held = [seats_id(edition, session) for session in registration.sessions]
    await work.ahead((EditionDesk, edition), *((SessionSeats, one) for one in held))
    desk = await desk_of(edition, work)
    state, freed = registration.state, desk
    if state in ("waitlisted", "offered"):
        line = work.keep((await line_of(edition, work)).left(registration.id))
        freed = desk.becomes(not_now=len(line.not_now))
    if state in ("confirmed", "offered"):
        freed = await ask_again(freed, work)
    freed = freed.went(state, "cancelled")
    work.keep(registration.cancel(freed.places_left, work.now))
    work.keep(desk.telling(await offer_places(freed, work), work.now))
    for seats in await work.all(SessionSeats, held):
        if seats is not None:
            work.keep(seats.give_back().document.telling(work.now))
    if state == "pending":
        work.let_sleep(ExpireRegistration, registration.id)
    if state == "offered":
        work.let_sleep(ExpireOffer, registration.id)
    return None
