"""The place and the seats that a click takes, be it for the form or for an offer."""

from __future__ import annotations

from colloque.runtime.work import Work
from colloque_registration.domain.editions import EditionDesk
from colloque_registration.domain.registration import Registration
from colloque_registration.domain.sessions import SessionSeats, seat, seats_id
from colloque_registration.steps.finding import desk_of


async def desk_and_seats(registration: Registration, work: Work) -> EditionDesk:
    """The desk, and on the same way the seats that are asked for."""
    await work.ahead((EditionDesk, registration.edition), *((SessionSeats, one) for one in _asked(registration)))
    return await desk_of(registration.edition, work)


async def take_place(registration: Registration, desk: EditionDesk, work: Work) -> None:
    """The place is theirs, and of the seats asked for those that are still free."""
    taken, without = seat(one for one in await work.all(SessionSeats, _asked(registration)) if one is not None)
    counted = desk.moved(registration.state, "confirmed", work.now)
    held, left = [one.session for one in taken], counted.document.places_left
    work.keep(registration.confirm(held, without, places_left=left, at=work.now, release=desk.release))
    work.keep(counted)
    for one in taken:
        work.keep(one.telling(work.now))


def _asked(registration: Registration) -> list[str]:
    return [seats_id(registration.edition, session) for session in registration.answers.sessions]
