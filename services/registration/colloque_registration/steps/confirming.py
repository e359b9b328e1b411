"""The click that takes the place, and the clock that takes it away from who did not click."""

from __future__ import annotations

from colloque.runtime.work import Answer, Timer, Work
from colloque_registration.commands import ConfirmRegistration, ExpireRegistration
from colloque_registration.domain.registration import Registration
from colloque_registration.steps.finding import desk_of, line_of, linked
from colloque_registration.steps.seating import desk_and_seats, take_place


async def confirm(command: ConfirmRegistration, work: Work) -> Answer:
    """Place and seats go in order of the clicks. A second click finds what the first one has done."""
    await work.ahead((Registration, command.registration), (Timer, f"ExpireRegistration/{command.registration}"))
    registration = await linked(command.registration, command.links, work)
    if registration.state in ("confirmed", "waitlisted", "offered"):
        return registration.edition
    registration.to("confirmed")
    desk = await desk_and_seats(registration, work)
    desk.not_called_off()
    if desk.takes_place_at_once:
        await take_place(registration, desk, work)
    else:
        joined = work.keep((await line_of(registration.edition, work)).joined(registration.id))
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
