"""« My registration » is changed, or given up."""

from __future__ import annotations

import pytest

from colloque.contracts.scheduling import RegistrationClosed
from colloque_registration.commands import ChangeConsent, ChangeNeeds
from colloque_registration.domain.editions import RegistrationIsClosed
from colloque_registration.domain.registration import AlreadyDecided, NothingToChange, Registration
from colloque_registration.domain.sessions import SessionsOverlap
from tests.registration.house import AFTERNOON, house
from tests.registration.nec18 import NADIA, OPENING, frame, released, session
from tests.registration.test_registering import CLAIRE, YANN


async def test_one_seat_is_given_back_as_the_other_is_taken() -> None:
    async with house() as here:
        nadia = await here.choose(await here.register(NADIA), "s03", "s07")
        assert nadia.sessions == ("s07", "s03")
        assert (here.taken("s02"), here.taken("s03"), here.taken("s07")) == (0, 1, 1)
        [told] = here.facts("registration.amended.v1")
        assert (told["added"], told["freed"], told["sessions"]) == (["s03"], ["s02"], ["s07", "s03"])


async def test_nobody_loses_a_seat_for_one_they_did_not_get() -> None:
    async with house() as here:
        await here.register(YANN)
        nadia = await here.register(NADIA.model_copy(update={"sessions": ("s02", "s09")}))
        nadia = await here.choose(nadia, "s02", "s07")
        assert (nadia.sessions, nadia.without) == (("s02", "s09"), ("s07",))
        assert here.facts("registration.amended.v1") == []


async def test_nothing_changed_is_nothing_told() -> None:
    async with house() as here:
        await here.choose(await here.register(NADIA), "s07", "s02")
        assert here.facts("registration.amended.v1") == []


async def test_two_at_once_cannot_be_chosen_later_either() -> None:
    async with house() as here:
        nadia = await here.register(NADIA)
        with pytest.raises(SessionsOverlap):
            await here.choose(nadia, "s07", "s09")


async def test_a_seat_that_a_release_made_overlap_may_be_kept_or_changed() -> None:
    async with house() as here:
        nadia = await here.register(NADIA)
        await here.hear(released(session("s02", *AFTERNOON, seats=2), n=2))
        assert (await here.choose(nadia, "s02", "s07")).sessions == ("s02", "s07")
        assert (await here.choose(nadia, "s02")).sessions == ("s02",)


async def test_after_the_door_has_closed_sessions_stay_as_they_are() -> None:
    async with house() as here:
        nadia = await here.register(NADIA)
        await here.hear(RegistrationClosed(subject="nec-2018", at=OPENING, frame=frame()))
        with pytest.raises(RegistrationIsClosed):
            await here.choose(nadia, "s03")


async def test_whoever_waits_may_say_what_they_would_attend() -> None:
    async with house(capacity=1) as here:
        await here.register(NADIA)
        yann = await here.choose(await here.register(YANN), "s03")
        assert (yann.answers.sessions, yann.sessions) == (("s03",), ())
        assert here.taken("s03") == 0


async def test_needs_are_changed_without_a_fact() -> None:
    async with house() as here:
        nadia = await here.register(NADIA)
        before = len(here.facts())
        await here.do(ChangeNeeds(registration=nadia.id, links=0, needs="sealed"))
        assert here.registration_of(NADIA).answers.needs == "sealed"
        assert len(here.facts()) == before


async def test_a_consent_is_given_and_withdrawn_and_both_are_remembered() -> None:
    async with house() as here:
        nadia = await here.register(NADIA)
        assert nadia.answers.consents.purposes == ("newsletter",)
        await here.do(ChangeConsent(registration=nadia.id, links=0, purpose="image", given=True))
        await here.do(ChangeConsent(registration=nadia.id, links=0, purpose="newsletter", given=False))
        await here.do(ChangeConsent(registration=nadia.id, links=0, purpose="newsletter", given=False))
        ledger = here.registration_of(NADIA).answers.consents
        assert ledger.purposes == ("image",)
        assert [(one.purpose, one.withdrawn_at is None) for one in ledger.entries] == [
            ("newsletter", False),
            ("image", True),
        ]
        await here.do(ChangeConsent(registration=nadia.id, links=0, purpose="newsletter", given=True))
        assert len(here.registration_of(NADIA).answers.consents.entries) == 3


async def test_nothing_is_consented_to_by_ticking_nothing() -> None:
    async with house() as here:
        nadia = await here.register(NADIA.model_copy(update={"consents": ()}))
        assert nadia.answers.consents.entries == ()
        assert nadia.state == "confirmed"


async def test_who_leaves_the_line_lets_the_others_move_up() -> None:
    async with house(capacity=1) as here:
        await here.register(NADIA)
        yann, claire = await here.register(YANN), await here.register(CLAIRE)
        await here.cancel(yann)
        assert here.line() == (claire.id,)
        assert here.desk_of().waitlisted == 1
        assert here.facts("registration.cancelled.v1")[-1]["held"] == "waitlisted"


async def test_a_form_never_confirmed_can_be_taken_back() -> None:
    async with house() as here:
        asked = await here.submit(NADIA)
        assert (await here.cancel(asked)).state == "cancelled"
        with pytest.raises(AlreadyDecided):
            await here.confirm(asked)
        assert here.desk_of().pending == 0


async def test_cancelling_twice_is_cancelling_once() -> None:
    async with house() as here:
        nadia = await here.register(NADIA)
        await here.cancel(nadia)
        await here.cancel(nadia)
        assert len(here.facts("registration.cancelled.v1")) == 1
        assert here.taken("s02") == 0


async def test_after_cancelling_one_may_register_again_and_what_was_stays_cancelled() -> None:
    async with house() as here:
        first = await here.cancel(await here.register(NADIA))
        second = await here.register(NADIA)
        assert second.id != first.id
        assert here.get(Registration, first.id).state == "cancelled"
        with pytest.raises(NothingToChange):
            await here.choose(first, "s03")


async def test_who_registers_again_after_cancelling_is_said_to_have_come_and_gone() -> None:
    async with house() as here:
        for times in (None, 1, 2):
            nadia = await here.register(NADIA)
            assert here.facts("registration.confirmed.v1")[-1].get("again") == times
            await here.cancel(nadia)
            assert here.facts("registration.cancelled.v1")[-1].get("again") == times
