"""What this room makes of what scheduling tells."""

from __future__ import annotations

from colloque.contracts.scheduling import EditionAmended, EditionAnnounced, EditionClosed
from colloque_registration.domain.editions import Edition
from colloque_registration.domain.sessions import SessionSeats
from tests.registration.house import AFTERNOON, MORNING, House, house
from tests.registration.nec18 import NADIA, OPENING, frame, opened, programme, released, session


async def test_the_door_follows_the_edition_and_the_frame_is_the_latest() -> None:
    here = House(OPENING)
    async with here.desk.running():
        await here.hear(EditionAnnounced(subject="nec-2018", at=OPENING, frame=frame()))
        assert here.desk_of().door == "announced"
        await here.hear(opened(capacity=900))
        assert (here.desk_of().door, here.desk_of().capacity) == ("open", 900)
        await here.hear(EditionAmended(subject="nec-2018", at=OPENING, frame=frame(capacity=800, code="NEC 18")))
        assert (here.desk_of().door, here.desk_of().capacity) == ("open", 800)
        known = here.get(Edition, "nec-2018").frame
        assert known is not None
        assert known.code == "NEC 18"
        await here.hear(EditionClosed(subject="nec-2018", at=OPENING, frame=frame()))
        assert here.desk_of().door == "over"


async def test_a_programme_may_be_known_before_its_edition() -> None:
    here = House(OPENING)
    async with here.desk.running():
        await here.hear(released(*programme()))
        assert here.get(Edition, "nec-2018").frame is None
        await here.hear(opened())
        known = here.get(Edition, "nec-2018")
        assert (known.release, len(known.sessions), known.sessions[0]) == (1, 18, "s01")


async def test_seats_that_are_taken_stay_taken_when_a_session_moves() -> None:
    async with house() as here:
        await here.register(NADIA)
        await here.hear(released(session("s02", "2018-09-13T16:00", "2018-09-13T17:30", seats=500), n=2))
        seats = here.get(SessionSeats, "nec-2018.s02")
        assert (seats.taken, seats.left, seats.frame.seats) == (1, 499, 500)
        assert here.get(Edition, "nec-2018").sessions == ("s01", "s03", "s07", "s09", "s02")


async def test_a_session_called_off_can_no_longer_be_booked_and_its_bookings_are_kept() -> None:
    async with house() as here:
        nadia = await here.register(NADIA)
        await here.hear(released(session("s02", *MORNING, state="cancelled"), n=2, taken_out=("s09",)))
        assert not here.get(SessionSeats, "nec-2018.s02").bookable
        assert not here.get(SessionSeats, "nec-2018.s09").bookable
        assert here.registration_of(NADIA).sessions == nadia.sessions
        assert "s09" not in here.get(Edition, "nec-2018").sessions


async def test_what_was_asked_for_and_is_called_off_by_the_click_is_missing_and_blocks_nothing() -> None:
    async with house() as here:
        asked = await here.submit(NADIA)
        await here.hear(released(session("s02", *MORNING, state="cancelled"), n=2))
        assert (await here.confirm(asked)).without == ("s02",)


async def test_what_a_release_made_overlap_before_the_click_leaves_one_of_both() -> None:
    async with house() as here:
        asked = await here.submit(NADIA)
        await here.hear(released(session("s02", *AFTERNOON, seats=9), n=2))
        confirmed = await here.confirm(asked)
        assert (confirmed.sessions, confirmed.without) == (("s02",), ("s07",))


async def test_an_older_release_changes_nothing() -> None:
    async with house() as here:
        await here.hear(released(session("s02", *MORNING, seats=7), n=3))
        await here.hear(released(session("s02", *MORNING, seats=1), n=2))
        assert here.get(SessionSeats, "nec-2018.s02").frame.seats == 7
