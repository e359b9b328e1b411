"""The click that takes the place, and the clock that takes it away from who did not click."""

from __future__ import annotations

from colloque.runtime.work import Answer, Timer, Work
from colloque_registration.commands import ConfirmRegistration, ExpireRegistration
from colloque_registration.domain.editions import EditionDesk
from colloque_registration.domain.registration import Registration
from colloque_registration.domain.sessions import SessionSeats, seat, seats_id
from colloque_registration.domain.waitlist import Waitlist
from colloque_registration.steps.finding import desk_of, linked


async def confirm(command: ConfirmRegistration, work: Work) -> Answer:
    """Place and seats go in order of the clicks. A second click finds what the first one has done."""
    await work.ahead((Registration, command.registration), (Timer, f"ExpireRegistration/{command.registration}"))
    registration = await linked(command.registration, command.links, work)
    if registration.state in ("confirmed", "waitlisted", "offered"):
        return registration.edition
    registration.to("confirmed")
    asked = [seats_id(registration.edition, session) for session in registration.answers.sessions]
    await work.ahead((EditionDesk, registration.edition), *((SessionSeats, one) for one in asked))
    desk = await desk_of(registration.edition, work)
    desk.not_called_off()
    if desk.takes_place_at_once:
        sessions = [one for one in await work.all(SessionSeats, asked) if one is not None]
        taken, without = seat(sessions)
        counted = desk.moved(registration.state, "confirmed", work.now)
        held, left = [one.session for one in taken], counted.document.places_left
        work.keep(registration.confirm(held, without, places_left=left, at=work.now, release=desk.release))
        work.keep(counted)
        for one in taken:
            work.keep(one.telling(work.now))
    else:
        line = await work.get(Waitlist, registration.edition) or Waitlist(id=registration.edition, version=-1)
        joined = work.keep(line.joined(registration.id))
        work.keep(registration.wait(len(joined.line), work.now))
        work.keep(desk.moved(registration.state, "waitlisted", work.now))
    work.let_sleep(ExpireRegistration, registration.id)
    return registration.edition


async def expire(command: ExpireRegistration, work: Work) -> Answer:
    registration = await work.get(Registration, command.registration)
    if registration is not None and registration.state == "pending" and work.now >= registration.expires_at:
        desk = await desk_of(registration.edition, work)
        work.keep(registration.expire(work.now))
        work.keep(desk.moved("pending", "expired", work.now))
    return None
