"""An edition is put off, called off, on again: nothing of it stays in a speaker's calendar while it is off."""

from __future__ import annotations

from datetime import date, timedelta
from email.message import EmailMessage

import pytest

from colloque.contracts.fact import Slot
from colloque.runtime.work import Timer
from tests.notifications.house import OPENED, RELEASED, House, contact, house, text_of
from tests.notifications.speaking import (
    BY_ID,
    announced,
    called_off,
    confirms,
    invited,
    later,
    off,
    postponed,
    release,
    withdraws,
)
from tests.notifications.test_speakers import brief, plainly, subject_of

S13 = BY_ID["s13"]
NEXT_YEAR = {"starts_on": date(2019, 9, 12), "ends_on": date(2019, 9, 13)}


def a_year_later() -> object:
    year = timedelta(days=364)
    slot = Slot(starts_at=S13.slot.starts_at + year, ends_at=S13.slot.ends_at + year, tz=S13.slot.tz)
    return S13.model_copy(update={"slot": slot, "revision": 1})


async def whole(one: House, *facts: object) -> list[EmailMessage]:
    """With all its slices."""
    before = len(one.mailer.box)
    await one.hear(*facts)  # type: ignore[arg-type]
    while timers := [timer for timer in one.store.docs(Timer).values() if timer.at <= one.clock.now()]:
        await one.desk.ring(timers[0])
    await one.settle()
    return one.received[before:]


@pytest.mark.parametrize(
    ("fact", "subject", "words"),
    [
        (postponed(), "NEC18 : l’événement est reporté", "n’aura pas lieu aux dates prévues"),
        (called_off(), "NEC18 : l’événement est annulé", "n’aura pas lieu."),
    ],
    ids=["put off", "called off"],
)
async def test_all_that_a_speaker_holds_is_cancelled_one_mail_a_session(fact: object, subject: str, words: str) -> None:
    async with house() as one:
        await one.hear(contact("marc", given="Marc", family="Tremblay", email="marc@example.org", locale="en"))
        await one.send(confirms("s13"), confirms("s02"), confirms("s13", person="marc"), invited("s07"))

        mails = await whole(one, fact)

        assert [brief(mail) for mail in mails if "nadia" in mail["To"]] == [("CANCEL", 1)] * 2
        [english] = [mail for mail in mails if "marc" in mail["To"]]
        assert len(mails) == 3
        assert {subject_of(mail) for mail in mails if mail is not english} == {subject}
        text = plainly(text_of(mails[0]))
        for said in (words, "Vous deviez y intervenir", "L’annulation jointe", "Le bâtiment est fermé."):
            assert said in text
        assert "The building is closed." in plainly(text_of(english))


async def test_who_was_told_that_it_is_put_off_is_told_too_that_it_is_called_off_and_once() -> None:
    async with house() as one:
        await one.send(confirms())
        await whole(one, postponed())
        [mail] = await whole(one, called_off())
        assert mail.get_content_type() == "multipart/alternative", "there is nothing left to cancel"
        assert subject_of(mail) == "NEC18 : l’événement est annulé"
        assert "annulation jointe" not in plainly(text_of(mail))
        assert await whole(one, called_off()) == []


async def test_who_has_no_hours_yet_is_told_without_a_calendar() -> None:
    async with house() as one:
        await one.hear(confirms("s99", now=None, release=0))
        [mail] = await whole(one, called_off())
        assert mail.get_content_type() == "multipart/alternative"
        assert "Vous deviez y intervenir dans" not in plainly(text_of(mail))


async def test_who_speaks_in_what_was_cancelled_before_has_nothing_more_to_hear() -> None:
    async with house() as one:
        await one.send(confirms(), release(2, off(S13)))
        assert await whole(one, postponed()) == []
        assert await whole(one, announced()) == []


async def test_on_again_on_its_dates_everybody_is_asked_anew() -> None:
    async with house() as one:
        await one.send(confirms("s13"), confirms("s02"))
        await whole(one, postponed())
        mails = await whole(one, announced())
        assert [brief(mail) for mail in mails] == [("REQUEST", 2)] * 2
        assert {subject_of(mail) for mail in mails} == {"NEC18 : l’événement a lieu"}
        assert await whole(one, announced()) == []


async def test_what_was_released_meanwhile_is_told_when_it_is_on_again() -> None:
    async with house() as one:
        await one.send(confirms("s13"), confirms("s02"), confirms("s07"))
        await whole(one, postponed())
        assert await whole(one, release(2, later(S13), off(BY_ID["s02"]), gone=(BY_ID["s07"],))) == []

        mails = await whole(one, announced())

        said = {subject_of(mail): mail for mail in mails}
        assert [subject_of(mail) for mail in mails].count("NEC18 : votre session est annulée") == 2
        assert len(mails) == 3
        assert brief(said["NEC18 : l’événement a lieu"]) == ("REQUEST", 2)
        assert "11 h 30 à 13 h" in plainly(text_of(said["NEC18 : l’événement a lieu"]))


async def test_on_again_on_other_dates_their_calendar_waits_for_the_release_that_has_their_hours() -> None:
    async with house() as one:
        await one.send(confirms())
        await whole(one, postponed())
        assert await whole(one, announced(**NEXT_YEAR)) == []
        [mail] = await whole(one, release(2, a_year_later()))  # type: ignore[arg-type]
        assert brief(mail) == ("REQUEST", 2)
        assert subject_of(mail) == "NEC18 : votre session a lieu"


async def test_a_yes_while_it_is_off_comes_into_the_calendar_when_it_is_on() -> None:
    async with house() as one:
        await whole(one, postponed())
        assert await whole(one, confirms()) == []
        [mail] = await whole(one, announced())
        assert brief(mail) == ("REQUEST", 0)


async def test_who_withdraws_while_it_is_off_is_told_so_and_hears_no_more() -> None:
    async with house() as one:
        await one.send(confirms())
        await whole(one, postponed())
        [mail] = await whole(one, withdraws())
        assert mail.get_content_type() == "multipart/alternative"
        assert await whole(one, announced()) == []


async def test_an_edition_of_many_sessions_is_told_in_slices() -> None:
    frames = [S13.model_copy(update={"id": f"x{n:03}"}) for n in range(90)]
    async with house(OPENED, RELEASED, release(2, *frames), contact()) as one:
        await one.send(*(confirms(frame.id, now=frame, release=2) for frame in frames))
        told = len(one.mails)
        mails = await whole(one, postponed())
        assert len(mails) == 90
        of_slices = [line for line in one.store.written if "OfEdition" in str(line["message"])]
        assert len(of_slices) == 2
        assert {mail.template for mail in one.mails[told:]} == {"edition_changed_speaker"}
