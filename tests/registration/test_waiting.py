"""The waiting list: who is offered a freed place, until when, and what becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any

import pytest

from colloque.contracts.scheduling import (
    EditionAmended,
    EditionCancelled,
    EditionOpened,
    EditionPostponed,
    RegistrationClosed,
)
from colloque.runtime.journal import Cause
from colloque_registration.commands import AcceptOffer, CancelRegistration, ConfirmRegistration
from colloque_registration.domain.editions import EditionIsCancelled
from colloque_registration.domain.registration import AlreadyDecided, Registration, UnknownRegistration
from colloque_registration.domain.waitlist import NothingIsOffered, NotInLine, OfferIsOver
from tests.registration.house import House, house
from tests.registration.nec18 import NADIA, OPENING, frame, opened, released, session, wall
from tests.registration.test_registering import CLAIRE, YANN

ZOE = NADIA.model_copy(update={"given": "Zoé", "family": "Ferrand", "email": "zoe@example.org", "sessions": ("s09",)})
DOORS_OPEN = wall("2018-09-13T09:30")


@asynccontextmanager
async def full_house(capacity: int = 1) -> AsyncIterator[tuple[House, Registration, Registration, Registration]]:
    """One place, Nadia's; Yann and then Claire stand in line."""
    async with house(capacity=capacity) as here:
        yield here, await here.register(NADIA), await here.register(YANN), await here.register(CLAIRE)


def now(here: House, registration: Registration) -> Registration:
    return here.get(Registration, registration.id)


async def test_a_freed_place_is_offered_to_the_first_in_line_for_48_hours() -> None:
    async with full_house() as (here, nadia, yann, claire):
        await here.cancel(nadia)
        offer = now(here, yann).offer
        assert now(here, yann).state == "offered"
        assert offer is not None
        assert (offer.rank, offer.until) == (1, OPENING + timedelta(hours=48))
        desk = here.desk_of()
        assert (desk.confirmed, desk.offered, desk.waitlisted, desk.places_left) == (0, 1, 1, 0)
        assert here.line() == (claire.id,)
        [told] = here.facts("registration.place_offered.v1")
        assert (told["subject"], told["rank"], told.get("reason")) == (yann.id, 1, None)


async def test_an_offer_holds_a_place_and_no_seat_and_accepting_takes_the_seats_then_free() -> None:
    async with full_house() as (here, nadia, yann, _):
        await here.choose(yann, "s02", "s07")
        await here.cancel(nadia)
        assert (here.taken("s02"), here.taken("s07")) == (0, 0)
        after = await here.accept(yann)
        assert (after.state, after.sessions, after.without) == ("confirmed", ("s02", "s07"), ())
        assert (here.desk_of().confirmed, here.desk_of().offered) == (1, 0)
        told = here.facts("registration.confirmed.v1")[-1]
        assert (told["subject"], told["sessions"]) == (yann.id, ["s02", "s07"])


async def test_a_session_that_is_full_is_left_out_when_the_offer_is_accepted() -> None:
    async with house(capacity=2) as here:
        await here.register(NADIA)
        zoe, yann = await here.register(ZOE), await here.register(YANN)
        await here.choose(yann, "s02", "s07")
        await here.cancel(zoe)
        after = await here.accept(yann)
        assert (after.sessions, after.without) == (("s02",), ("s07",))


async def test_silence_passes_the_place_on_at_the_same_instant() -> None:
    async with full_house() as (here, nadia, yann, claire):
        await here.cancel(nadia)
        await here.until(OPENING + timedelta(hours=48) - timedelta(seconds=1))
        assert now(here, yann).state == "offered"
        await here.until(OPENING + timedelta(hours=48))
        assert (now(here, yann).state, now(here, claire).state) == ("expired", "offered")
        offer = now(here, claire).offer
        assert offer is not None
        assert offer.until == OPENING + timedelta(hours=96)
        assert [one["subject"] for one in here.facts("registration.offer_expired.v1")] == [yann.id]
        assert (here.desk_of().expired, here.desk_of().offered, here.desk_of().waitlisted) == (1, 1, 0)


async def test_an_offer_never_lasts_past_the_opening_and_none_is_made_after_it() -> None:
    async with full_house() as (here, nadia, yann, claire):
        await here.until(DOORS_OPEN - timedelta(hours=5))
        await here.cancel(nadia)
        offer = now(here, yann).offer
        assert offer is not None
        assert offer.until == DOORS_OPEN
        await here.until(DOORS_OPEN)
        assert (now(here, yann).state, now(here, claire).state) == ("expired", "waitlisted")
        assert here.desk_of().places_left == 0
        with pytest.raises(NothingIsOffered):
            await here.offer(claire)


async def test_without_a_programme_offers_end_when_the_first_day_begins() -> None:
    here = House(wall("2018-09-12T10:00"))
    async with here.desk.running():
        await here.hear(opened(capacity=1))
        nadia = await here.register(NADIA.model_copy(update={"sessions": ()}))
        yann = await here.register(YANN.model_copy(update={"sessions": ()}))
        await here.cancel(nadia)
        offer = now(here, yann).offer
        assert offer is not None
        assert offer.until == wall("2018-09-13T00:00")


async def test_not_now_leads_to_the_end_of_the_line_and_the_next_is_asked() -> None:
    async with full_house() as (here, nadia, yann, claire):
        zoe = await here.register(ZOE)
        await here.cancel(nadia)
        await here.decline(yann)
        assert here.line() == (zoe.id, yann.id)
        assert (now(here, yann).state, now(here, claire).state) == ("waitlisted", "offered")
        assert here.facts("registration.waitlisted.v1")[-1]["rank"] == 2
        await here.until(OPENING + timedelta(hours=48))
        assert now(here, yann).state == "waitlisted"


async def test_who_is_alone_in_line_and_says_not_now_is_not_asked_again_until_another_place_is_freed() -> None:
    async with house(capacity=2) as here:
        nadia, zoe, yann = await here.register(NADIA), await here.register(ZOE), await here.register(YANN)
        await here.cancel(nadia)
        await here.decline(yann)
        assert (here.desk_of().places_left, here.desk_of().waitlisted) == (1, 1)
        assert here.line() == (yann.id,)
        claire = await here.register(CLAIRE)
        assert claire.state == "confirmed"
        await here.cancel(zoe)
        assert now(here, yann).state == "offered"


async def test_what_all_in_line_have_declined_is_told_to_be_free() -> None:
    async with full_house() as (here, nadia, yann, claire):
        await here.cancel(nadia)
        await here.decline(yann)
        assert here.facts("places.changed.v1")[-1]["at_least"] == 0
        await here.decline(claire)
        assert here.facts("places.changed.v1")[-1]["at_least"] == 1


@pytest.mark.parametrize("state", ["waitlisted", "offered"])
async def test_one_may_leave_the_list_with_an_offer_or_without(state: str) -> None:
    async with full_house() as (here, nadia, yann, claire):
        if state == "offered":
            await here.cancel(nadia)
        assert now(here, yann).state == state
        assert (await here.cancel(yann)).state == "cancelled"
        assert here.facts("registration.cancelled.v1")[-1]["held"] == state
        assert here.line() == (() if state == "offered" else (claire.id,))
        assert (now(here, claire).state == "offered") is (state == "offered")


async def test_more_capacity_is_offered_to_the_line_in_order() -> None:
    async with full_house() as (here, _, yann, claire):
        zoe = await here.register(ZOE)
        await here.hear(EditionAmended(subject="nec-2018", at=OPENING, frame=frame(capacity=3)))
        assert [now(here, one).state for one in (yann, claire, zoe)] == ["offered", "offered", "waitlisted"]
        assert [one["rank"] for one in here.facts("registration.place_offered.v1")] == [1, 1]


async def test_accepting_twice_is_accepting_once() -> None:
    async with full_house() as (here, nadia, yann, _):
        await here.cancel(nadia)
        await here.accept(yann)
        assert (await here.accept(yann)).state == "confirmed"
        assert len([one for one in here.facts("registration.confirmed.v1") if one["subject"] == yann.id]) == 1
        await here.until(OPENING + timedelta(hours=72))
        assert now(here, yann).state == "confirmed"


async def test_a_second_late_is_too_late_whether_or_not_the_clock_has_rung() -> None:
    async with full_house() as (here, nadia, yann, claire):
        await here.cancel(nadia)
        here.clock.at = OPENING + timedelta(hours=48)
        with pytest.raises(OfferIsOver):
            await here.accept(yann)
        with pytest.raises(OfferIsOver):
            await here.decline(yann)
        await here.until(here.clock.at)
        assert now(here, claire).state == "offered"
        with pytest.raises(OfferIsOver):
            await here.accept(yann)


async def test_who_has_cancelled_cannot_accept() -> None:
    async with full_house() as (here, nadia, yann, _):
        await here.cancel(nadia)
        await here.cancel(yann)
        with pytest.raises(OfferIsOver):
            await here.accept(yann)


async def test_a_link_that_was_replaced_accepts_nothing() -> None:
    async with full_house() as (here, nadia, yann, _):
        await here.cancel(nadia)
        with pytest.raises(UnknownRegistration):
            await here.do(AcceptOffer(registration=yann.id, links=yann.links + 1))


async def test_who_waits_has_nothing_to_accept() -> None:
    async with full_house() as (here, _, yann, _):
        with pytest.raises(OfferIsOver):
            await here.accept(yann)


async def test_of_an_edition_called_off_nothing_is_offered_and_no_silence_is_told() -> None:
    async with full_house() as (here, nadia, yann, _):
        await here.cancel(nadia)
        await here.hear(EditionCancelled(subject="nec-2018", at=OPENING, frame=frame(capacity=1)))
        with pytest.raises(EditionIsCancelled):
            await here.accept(yann)
        await here.until(OPENING + timedelta(days=3))
        assert here.facts("registration.offer_expired.v1") == []


async def test_while_an_edition_is_postponed_the_line_waits_and_is_asked_when_it_is_on_again() -> None:
    async with full_house() as (here, nadia, yann, _):
        await here.hear(EditionPostponed(subject="nec-2018", at=OPENING, frame=frame(capacity=1)))
        await here.cancel(nadia)
        assert (now(here, yann).state, here.desk_of().places_left) == ("waitlisted", 0)
        await here.hear(EditionOpened(subject="nec-2018", at=OPENING, frame=frame(capacity=1)))
        assert now(here, yann).state == "offered"


async def test_after_the_door_has_closed_a_freed_place_still_finds_its_taker() -> None:
    async with full_house() as (here, nadia, yann, _):
        await here.hear(RegistrationClosed(subject="nec-2018", at=OPENING, frame=frame(capacity=1)))
        await here.cancel(nadia)
        assert (await here.accept(yann)).state == "confirmed"


# ---- ahead of the line
async def test_an_organiser_puts_somebody_ahead_and_the_next_place_is_theirs() -> None:
    async with full_house() as (here, nadia, yann, claire):
        assert (await here.offer(claire, "Interprète de la plénière")).state == "waitlisted"
        assert here.line() == (claire.id, yann.id)
        await here.cancel(nadia)
        assert (now(here, claire).state, now(here, yann).state) == ("offered", "waitlisted")
        [told] = here.facts("registration.place_offered.v1")
        assert (told["subject"], told["reason"]) == (claire.id, "Interprète de la plénière")


async def test_why_somebody_was_put_ahead_stands_in_the_journal() -> None:
    async with full_house() as (here, _, _, claire):
        await here.offer(claire, "Interprète de la plénière")
        [line] = [one for one in here.store.written if one["message"] == "OfferPlace"]
        reasons = [one for one in line["outputs"] if one["kind"] == "reason"]
        assert [one["why"] for one in reasons] == ["Interprète de la plénière"]


async def test_two_who_are_put_ahead_keep_their_order() -> None:
    async with full_house() as (here, _, yann, claire):
        zoe = await here.register(ZOE)
        await here.offer(zoe)
        await here.offer(claire)
        assert here.line() == (zoe.id, claire.id, yann.id)


async def test_a_place_that_was_declined_is_offered_at_once_to_who_is_put_ahead() -> None:
    async with full_house() as (here, nadia, yann, claire):
        await here.cancel(nadia)
        await here.decline(yann)
        await here.decline(claire)
        assert (await here.offer(claire)).state == "offered"
        assert here.line() == (yann.id,)


async def test_only_who_waits_can_be_put_ahead() -> None:
    async with full_house() as (here, nadia, yann, _):
        with pytest.raises(NotInLine):
            await here.offer(nadia)
        await here.cancel(nadia)
        with pytest.raises(NotInLine):
            await here.offer(yann)
        with pytest.raises(UnknownRegistration):
            await here.offer(yann.model_copy(update={"edition": "nec-2019"}))


# ---- at once
async def test_of_a_newcomer_and_the_first_in_line_the_freed_place_is_never_both_theirs() -> None:
    async with full_house() as (here, nadia, yann, _):
        zoe = await here.submit(ZOE)
        commands: list[Any] = [
            CancelRegistration(registration=nadia.id, links=0),
            ConfirmRegistration(registration=zoe.id, links=0),
        ]
        await asyncio.gather(*(here.do(one) for one in commands))
        assert (now(here, yann).state, now(here, zoe).state) == ("offered", "waitlisted")


async def test_two_processes_take_one_offer_once() -> None:
    async with full_house() as (here, nadia, yann, claire):
        await here.cancel(nadia)
        other = here.another_process()
        async with other.desk.running():
            accept = AcceptOffer(registration=yann.id, links=0)
            cancel = CancelRegistration(registration=yann.id, links=0)
            outcomes = await asyncio.gather(
                here.desk.do(accept, Cause.first("one")), other.desk.do(cancel, Cause.first("two")),
                return_exceptions=True,
            )  # fmt: skip
        assert all(one is None or isinstance(one, str | OfferIsOver) for one in outcomes)
        desk = here.desk_of()
        assert desk.confirmed + desk.offered == 1
        assert now(here, yann).state == "cancelled"
        assert now(here, claire).state == "offered"


async def test_a_form_sent_again_while_a_place_is_offered_changes_nothing() -> None:
    async with full_house() as (here, nadia, yann, _):
        await here.cancel(nadia)
        await here.submit(YANN)
        assert here.facts("registration.repeated.v1")[-1]["state"] == "offered"
        assert now(here, yann).state == "offered"


async def test_who_kept_silent_may_register_again_at_the_end_of_the_line() -> None:
    async with full_house() as (here, nadia, yann, _):
        await here.cancel(nadia)
        await here.until(OPENING + timedelta(hours=48))
        again = await here.register(YANN)
        assert again.id != yann.id
        assert again.state == "waitlisted"
        with pytest.raises(AlreadyDecided):
            await here.confirm(now(here, yann))


async def test_it_does_not_matter_whether_the_programme_or_the_edition_was_heard_of_first() -> None:
    here = House(wall("2018-09-12T10:00"))
    async with here.desk.running():
        morning = session("s01", "2018-09-13T09:30", "2018-09-13T10:30", booking="none")
        await here.hear(released(morning), opened(capacity=1))
        assert here.desk_of().opens_at == DOORS_OPEN
        later = session("s01", "2018-09-13T10:00", "2018-09-13T11:00", booking="none")
        await here.hear(released(later, n=2))
        assert here.desk_of().opens_at == wall("2018-09-13T10:00")


# ---- the opening moves
async def test_an_opening_moved_earlier_shortens_the_offers_under_way_and_tells_who_has_to_answer() -> None:
    async with full_house() as (here, nadia, yann, claire):
        await here.until(DOORS_OPEN - timedelta(hours=20))
        await here.cancel(nadia)
        earlier = session("s02", "2018-09-13T08:00", "2018-09-13T09:00")
        await here.hear(released(earlier, n=2))
        offer = now(here, yann).offer
        assert offer is not None
        assert offer.until == wall("2018-09-13T08:00")
        [told] = here.facts("registration.offer_shortened.v1")
        assert (told["subject"], told["rank"]) == (yann.id, 1)
        assert told["expires_at"] == wall("2018-09-13T08:00").isoformat().replace("+00:00", "Z")
        await here.until(wall("2018-09-13T08:00"))
        assert (now(here, yann).state, now(here, claire).state) == ("expired", "waitlisted")


async def test_an_opening_moved_to_an_hour_that_has_passed_ends_the_offers_and_tells_of_no_new_hour() -> None:
    async with full_house() as (here, nadia, yann, _):
        await here.until(DOORS_OPEN - timedelta(hours=2))
        await here.cancel(nadia)
        await here.hear(released(session("s02", "2018-09-13T07:00", "2018-09-13T07:30"), n=2))
        assert here.facts("registration.offer_shortened.v1") == []
        with pytest.raises(OfferIsOver):
            await here.accept(yann)
        await here.until(here.clock.at)
        assert now(here, yann).state == "expired"


async def test_an_opening_moved_later_or_an_offer_that_ends_before_it_changes_nothing() -> None:
    async with full_house() as (here, nadia, yann, _):
        await here.cancel(nadia)
        before = now(here, yann)
        await here.hear(released(session("s02", "2018-09-13T08:00", "2018-09-13T09:00"), n=2))
        await here.hear(released(session("s02", "2018-09-13T18:00", "2018-09-13T19:00"), n=3))
        assert now(here, yann) == before
        assert here.facts("registration.offer_shortened.v1") == []


async def test_without_a_programme_the_first_day_moved_earlier_shortens_offers_too() -> None:
    here = House(wall("2018-09-12T10:00"))
    async with here.desk.running():
        await here.hear(opened(capacity=1, starts_on=date(2018, 9, 14)))
        nadia = await here.register(NADIA.model_copy(update={"sessions": ()}))
        yann = await here.register(YANN.model_copy(update={"sessions": ()}))
        await here.cancel(nadia)
        sooner = frame(capacity=1, starts_on=date(2018, 9, 13))
        await here.hear(EditionAmended(subject="nec-2018", at=here.clock.at, frame=sooner))
        offer = now(here, yann).offer
        assert offer is not None
        assert offer.until == wall("2018-09-13T00:00")
        assert len(here.facts("registration.offer_shortened.v1")) == 1


@pytest.mark.parametrize("answer", ["accept", "decline", "cancel"])
async def test_who_has_answered_is_not_hurried(answer: str) -> None:
    async with full_house() as (here, nadia, yann, _):
        await here.until(DOORS_OPEN - timedelta(hours=20))
        await here.cancel(nadia)
        await getattr(here, answer)(yann)
        before = now(here, yann)
        await here.hear(released(session("s02", "2018-09-13T08:00", "2018-09-13T09:00"), n=2))
        assert now(here, yann).offer == before.offer
        assert yann.id not in [one["subject"] for one in here.facts("registration.offer_shortened.v1")]


async def test_who_said_not_now_is_told_apart_from_who_found_every_place_taken() -> None:
    async with full_house() as (here, nadia, yann, _):
        await here.cancel(nadia)
        await here.decline(yann)
        told = [(one["subject"] == yann.id, one.get("declined")) for one in here.facts("registration.waitlisted.v1")]
        assert told == [(True, None), (False, None), (True, True)]
