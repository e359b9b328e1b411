"""A form, a click, a place."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from colloque.contracts.scheduling import (
    EditionAmended,
    EditionAnnounced,
    EditionCancelled,
    EditionPostponed,
    RegistrationClosed,
)
from colloque.runtime.desk import Desk
from colloque.runtime.journal import Cause
from colloque.runtime.refusal import OtherPayload
from colloque_registration.commands import ConfirmRegistration
from colloque_registration.domain.editions import (
    EditionIsCancelled,
    EditionIsPostponed,
    NotYetOpen,
    RegistrationIsClosed,
    UnknownEdition,
)
from colloque_registration.domain.people import Person, TooManyFromOneMailbox
from colloque_registration.domain.registration import AlreadyDecided, Registration, UnknownRegistration
from colloque_registration.domain.sessions import SessionNotBookable, SessionsOverlap
from colloque_registration.steps.submitting import MOST_FROM_ONE_MAILBOX
from tests.registration.house import House, house
from tests.registration.nec18 import NADIA, OPENING, frame, wall

YANN = NADIA.model_copy(update={"given": "Yann", "family": "Le Goff", "email": "yann.legoff@example.org"})
CLAIRE = NADIA.model_copy(update={"given": "Claire", "family": "Dubois", "email": "claire.dubois@example.org"})


def person(n: int, **said: object) -> object:
    return NADIA.model_copy(update={"email": f"p{n:04}@example.org", "sessions": (), **said})


async def test_nadia_asks_and_holds_nothing_until_she_clicks() -> None:
    async with house() as here:
        asked = await here.submit(NADIA)
        assert (asked.state, asked.number, asked.sessions) == ("pending", 1, ())
        assert (here.taken("s02"), here.desk_of().places_left) == (0, 850)

        confirmed = await here.confirm(asked)
        assert (confirmed.state, confirmed.sessions, confirmed.without) == ("confirmed", ("s02", "s07"), ())
        assert (here.taken("s02"), here.taken("s07"), here.desk_of().places_left) == (1, 1, 849)


async def test_what_happened_is_told_without_saying_who_by_name() -> None:
    async with house() as here:
        registration = await here.register(NADIA)
        told = here.facts()
        assert [one["type"] for one in told] == [
            "contact.changed.v1",
            "registration.submitted.v1",
            "registration.confirmed.v1",
            "seats.changed.v1",
        ]
        assert told[2]["sessions"] == ["s02", "s07"]
        assert told[2]["places_left"] == 849
        assert told[1]["expires_at"] == "2018-06-22T06:00:00Z"
        journal = repr(here.store.written).casefold()
        assert not [word for word in ("nadia", "benali", "example.org") if word in journal]
        assert told[2]["person"] == registration.person


async def test_the_contact_leaves_as_it_stands() -> None:
    async with house() as here:
        registration = await here.register(NADIA)
        assert here.room.contacts is not None
        known = await here.room.contacts([registration.person, "somebody-erased"])
        assert known[registration.person].given == "Nadia"
        assert known[registration.person].email == "nadia.benali@example.org"
        assert known["somebody-erased"].erased


async def test_clicking_twice_is_clicking_once() -> None:
    async with house() as here:
        once = await here.register(NADIA)
        twice = await here.confirm(once)
        assert twice == once
        assert len(here.facts("registration.confirmed.v1")) == 1


async def test_the_same_form_sent_twice_is_one_registration_and_one_mail() -> None:
    async with house() as here:
        await here.do(NADIA, cause="the form Nadia was shown")
        await here.do(NADIA, cause="the form Nadia was shown")
        assert len(here.store.docs(Registration)) == 1
        assert len(here.facts("registration.submitted.v1")) == 1
        assert here.facts("registration.repeated.v1") == []


async def test_needs_sealed_anew_do_not_make_another_form_of_it() -> None:
    async with house() as here:
        await here.do(NADIA.model_copy(update={"needs": "sealed once"}), cause="one form")
        await here.do(NADIA.model_copy(update={"needs": "sealed again"}), cause="one form")
        assert here.registration_of(NADIA).answers.needs == "sealed once"
        with pytest.raises(OtherPayload):
            await here.do(YANN, cause="one form")


async def test_a_session_full_at_the_click_is_left_out_and_blocks_nothing() -> None:
    async with house() as here:
        nadia, yann = await here.submit(NADIA), await here.submit(YANN)
        assert (await here.confirm(yann)).sessions == ("s02", "s07")
        late = await here.confirm(nadia)
        assert (late.state, late.sessions, late.without) == ("confirmed", ("s02",), ("s07",))
        assert here.facts("registration.confirmed.v1")[-1]["without"] == ["s07"]


async def test_a_session_already_full_may_still_be_asked_for() -> None:
    async with house() as here:
        await here.register(YANN)
        late = await here.register(NADIA)
        assert late.without == ("s07",)


async def test_whoever_clicks_when_no_place_is_left_stands_in_line() -> None:
    async with house(capacity=1) as here:
        await here.register(NADIA)
        yann, claire = await here.register(YANN), await here.register(CLAIRE)
        assert [yann.state, claire.state] == ["waitlisted", "waitlisted"]
        assert here.line() == (yann.id, claire.id)
        assert [one["rank"] for one in here.facts("registration.waitlisted.v1")] == [1, 2]
        assert here.taken("s02") == 1


async def test_a_place_freed_while_somebody_waits_is_not_sold_past_them() -> None:
    async with house(capacity=1) as here:
        nadia = await here.register(NADIA)
        yann = await here.register(YANN)
        await here.cancel(nadia)
        desk = here.desk_of()
        assert (desk.confirmed, desk.held, desk.places_left) == (0, 1, 0)
        claire = await here.register(CLAIRE)
        assert here.line() == (claire.id,)
        assert here.get(Registration, yann.id).state == "offered"


async def test_a_place_freed_when_nobody_waits_is_simply_free() -> None:
    async with house(capacity=1) as here:
        await here.cancel(await here.register(NADIA))
        assert here.desk_of().places_left == 1
        assert (here.taken("s02"), here.taken("s07")) == (0, 0)
        assert (await here.register(YANN)).sessions == ("s02", "s07")
        [cancelled] = here.facts("registration.cancelled.v1")
        assert (cancelled["held"], cancelled["freed"], cancelled["places_left"]) == ("confirmed", ["s02", "s07"], 1)


async def test_of_two_who_click_at_once_for_the_last_place_one_gets_it() -> None:
    async with house(capacity=1) as here:
        asked = [await here.submit(form) for form in (NADIA, YANN)]
        await asyncio.gather(*(here.confirm(one) for one in asked))
        states = sorted(one.state for one in here.store.docs(Registration).values())
        assert states == ["confirmed", "waitlisted"]


async def test_of_two_processes_selling_the_last_place_one_does() -> None:
    async with house(capacity=1) as here:
        other = Desk("registration", here.store, here.clock, key=b"test", name="the other")
        other.furnish(here.room)
        async with other.running():
            asked = [await here.submit(form) for form in (NADIA, YANN)]
            clicks = [ConfirmRegistration(registration=one.id, links=one.links) for one in asked]
            await asyncio.gather(
                here.desk.do(clicks[0], Cause.first("one")),
                other.do(clicks[1], Cause.first("two")),
            )
        assert (here.desk_of().confirmed, here.desk_of().waitlisted) == (1, 1)


# ---- 48 hours
async def test_without_a_click_the_form_is_forgotten_after_48_hours() -> None:
    async with house() as here:
        asked = await here.submit(NADIA)
        await here.until(OPENING + timedelta(hours=47, minutes=59))
        assert here.registration_of(NADIA).state == "pending"
        await here.until(OPENING + timedelta(hours=48))
        assert here.registration_of(NADIA).state == "expired"
        with pytest.raises(AlreadyDecided):
            await here.confirm(asked)


async def test_whoever_clicked_is_not_forgotten() -> None:
    async with house() as here:
        await here.register(NADIA)
        await here.until(OPENING + timedelta(days=3))
        assert here.registration_of(NADIA).state == "confirmed"


async def test_after_it_expired_one_may_register_again() -> None:
    async with house() as here:
        first = await here.submit(NADIA)
        await here.until(OPENING + timedelta(hours=48))
        second = await here.register(NADIA)
        assert second.id != first.id
        assert (second.state, second.number, second.person) == ("confirmed", 2, first.person)


# ---- once each
async def test_registering_twice_makes_one_registration_and_only_the_mail_differs() -> None:
    async with house() as here:
        first = await here.register(NADIA)
        answer = await here.do(NADIA.model_copy(update={"sessions": ("s03",), "family": "B."}))
        assert answer is None
        assert here.registration_of(NADIA).answers == first.answers
        [again] = here.facts("registration.repeated.v1")
        assert (again["subject"], again["state"]) == (first.id, "confirmed")
        assert len(here.store.docs(Person)) == 1


async def test_an_address_is_the_same_in_capitals() -> None:
    async with house() as here:
        await here.submit(NADIA)
        await here.do(NADIA.model_copy(update={"email": "Nadia.BENALI@example.org"}))
        assert len(here.store.docs(Registration)) == 1


async def test_until_the_click_what_was_said_last_counts() -> None:
    async with house() as here:
        await here.submit(NADIA)
        here.clock.at += timedelta(hours=2)
        again = await here.submit(NADIA.model_copy(update={"sessions": ("s03",), "consents": ()}))
        assert (again.number, again.answers.sessions, again.answers.consents.purposes) == (1, ("s03",), ())
        await here.until(OPENING + timedelta(hours=49))
        assert (await here.confirm(again)).sessions == ("s03",)


async def test_a_form_sent_over_and_over_does_not_bomb_a_mailbox() -> None:
    async with house() as here:
        for _ in range(30):
            await here.submit(NADIA)
            here.clock.at += timedelta(minutes=1)
        assert len(here.facts("registration.repeated.v1")) == 1
        here.clock.at += timedelta(hours=1)
        await here.submit(NADIA)
        assert len(here.facts("registration.repeated.v1")) == 2


# ---- on behalf
PAUL = NADIA.model_copy(
    update={"given": "Paul", "family": "Mercier", "on_behalf": True, "proxy": True, "entered_by": "Nadia Benali"}
)


async def test_somebody_without_a_mailbox_is_registered_through_another_persons() -> None:
    async with house() as here:
        nadia, paul = await here.register(NADIA), await here.register(PAUL)
        assert nadia.person != paul.person
        assert (paul.answers.channel, paul.answers.entered_by) == ("on_behalf", "Nadia Benali")
        again = await here.submit(PAUL.model_copy(update={"given": "PAUL"}))
        assert again.id == paul.id


async def test_somebody_registered_by_another_with_their_own_address_is_the_same_person() -> None:
    async with house() as here:
        by_nadia = await here.submit(YANN.model_copy(update={"on_behalf": True, "entered_by": "Nadia Benali"}))
        assert (await here.submit(YANN)).id == by_nadia.id


async def test_one_mailbox_registers_many_but_not_without_end() -> None:
    async with house() as here:
        for n in range(MOST_FROM_ONE_MAILBOX):
            await here.submit(PAUL.model_copy(update={"family": f"Mercier {n}"}))
        with pytest.raises(TooManyFromOneMailbox):
            await here.submit(PAUL.model_copy(update={"family": "Mercier encore"}))
        here.clock.at += timedelta(hours=1)
        await here.submit(PAUL.model_copy(update={"family": "Mercier plus tard"}))


# ---- what is refused
async def test_a_session_for_everybody_cannot_be_booked() -> None:
    async with house() as here:
        with pytest.raises(SessionNotBookable) as refused:
            await here.submit(NADIA.model_copy(update={"sessions": ("s01",)}))
        assert refused.value.field == "sessions"
        with pytest.raises(SessionNotBookable):
            await here.submit(NADIA.model_copy(update={"sessions": ("s99",)}))


async def test_nobody_sits_in_two_rooms_at_once() -> None:
    async with house() as here:
        with pytest.raises(SessionsOverlap) as refused:
            await here.submit(NADIA.model_copy(update={"sessions": ("s02", "s03")}))
        assert refused.value.field == "sessions"
        assert refused.value.objects == ("session/s02", "session/s03")
        assert here.store.docs(Registration) == {}


async def test_an_edition_nobody_knows_is_refused() -> None:
    async with house() as here:
        with pytest.raises(UnknownEdition):
            await here.do(NADIA.model_copy(update={"edition": "nec-1918"}))


@pytest.mark.parametrize(
    ("fact", "refusal"),
    [
        (RegistrationClosed, RegistrationIsClosed),
        (EditionPostponed, EditionIsPostponed),
        (EditionCancelled, EditionIsCancelled),
    ],
)
async def test_a_door_that_is_shut_says_why(fact: type[EditionCancelled], refusal: type[Exception]) -> None:
    async with house() as here:
        await here.hear(fact(subject="nec-2018", at=OPENING, frame=frame()))
        with pytest.raises(refusal):
            await here.do(NADIA)


async def test_before_it_opens_nobody_registers() -> None:
    here = House(OPENING)
    async with here.desk.running():
        await here.hear(EditionAnnounced(subject="nec-2018", at=OPENING, frame=frame()))
        with pytest.raises(NotYetOpen):
            await here.do(NADIA)


async def test_after_the_hour_that_was_announced_nobody_registers() -> None:
    async with house() as here:
        here.clock.at = wall("2018-09-12T20:00")
        with pytest.raises(RegistrationIsClosed):
            await here.do(NADIA)


async def test_a_form_sent_in_time_may_be_confirmed_after_the_door_has_closed() -> None:
    async with house() as here:
        asked = await here.submit(NADIA)
        await here.hear(RegistrationClosed(subject="nec-2018", at=OPENING, frame=frame()))
        assert (await here.confirm(asked)).state == "confirmed"


async def test_there_is_nothing_to_confirm_once_it_is_called_off() -> None:
    async with house() as here:
        asked = await here.submit(NADIA)
        await here.hear(EditionCancelled(subject="nec-2018", at=OPENING, frame=frame()))
        with pytest.raises(EditionIsCancelled):
            await here.confirm(asked)


async def test_a_link_of_an_earlier_generation_opens_nothing() -> None:
    async with house() as here:
        asked = await here.submit(NADIA)
        with pytest.raises(UnknownRegistration):
            await here.do(ConfirmRegistration(registration=asked.id, links=1))


async def test_more_places_are_for_those_who_wait() -> None:
    async with house(capacity=1) as here:
        await here.register(NADIA)
        await here.register(YANN)
        await here.hear(EditionAmended(subject="nec-2018", at=OPENING, frame=frame(capacity=5)))
        desk = here.desk_of()
        assert (desk.door, desk.held, desk.places_left) == ("open", 1, 3)
