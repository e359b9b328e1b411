"""The digest of a release: what was, what is, what clashes, and the calendar as it stands; and what is taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from html import unescape
from itertools import pairwise

import ics
import pytest
import vobject
from icalendar import Calendar

from colloque.contracts.fact import SessionChange
from colloque.contracts.registration import ChangedSession
from colloque.contracts.scheduling import ProgrammeReleased
from colloque.web.links import Links
from tests.calendars.lint import lint, monotonic
from tests.notifications.house import (
    NOW,
    OPENED,
    RELEASED,
    RELEASED_2,
    SESSIONS,
    SETTINGS,
    TRACKS,
    agenda_changed,
    amended,
    cancelled,
    confirmed,
    contact,
    file_of,
    house,
    session,
    text_of,
)
from tests.notifications.test_writing import Page

MOVED = ChangedSession(session="s07", kinds=("moved", "room"))


def flat(text: str) -> str:
    return " ".join(text.split())


async def test_the_digest_says_only_what_changes_for_this_person_with_what_was_and_what_is() -> None:
    async with house(OPENED, RELEASED, RELEASED_2, contact()) as one:
        (mail,) = await one.send(agenda_changed(changed=(MOVED,), released=(), clashes=()))
        said = flat(text_of(mail))
        assert flat(mail["Subject"]) == "NEC18 : vos sessions changent"
        assert "NOUVEL HORAIRE ET NOUVELLE SALLE" in said
        assert "Avant jeudi 13, 14 h, Atelier 3" in said
        assert "Maintenant jeudi 13, 16 h à 17 h 30, Auditorium" in said
        assert "<s>jeudi 13, 14 h, Atelier 3</s>" in flat(unescape(text_of(mail, "html")))
        for other in ("ANNULÉE", "Communs 4/5", "CHOISIR", "est rendue"):
            assert other not in said


async def test_what_is_cancelled_is_said_with_its_reason_in_the_language_of_the_person() -> None:
    cancelled_only = agenda_changed(changed=(ChangedSession(session="s13", kinds=("cancelled",)),), clashes=())
    async with house(OPENED, RELEASED, RELEASED_2, contact(locale="en")) as one:
        (mail,) = await one.send(cancelled_only)
        said = flat(text_of(mail))
        assert "SESSION CANCELLED" in said
        assert "Why The speaker is unable to attend." in said
        assert "Before" not in said


async def test_a_clash_is_named_with_its_hour_and_a_link_that_settles_it() -> None:
    async with house(OPENED, RELEASED, RELEASED_2, contact()) as one:
        (mail,) = await one.send(agenda_changed(links=3))
        said = flat(text_of(mail))
        assert "jeudi 13, 16 h Quarante ans de lieux « nouveaux » : que garder ? Communs 2/5" in said
        [settle] = [url for url, _ in Page(text_of(mail, "html")).links if url.endswith("#clashes")]
        token = settle.removesuffix("#clashes").rsplit("/", 1)[1]
        link = Links(SETTINGS).read("registration", token, NOW)
        assert (link.subject, link.generation) == ("r0001", 3)


async def test_the_calendar_of_the_digest_moves_what_moved_and_takes_out_what_is_off() -> None:
    async with house(OPENED, RELEASED, contact()) as one:
        (before,) = await one.send(confirmed(sessions=("s02", "s07", "s13")))
        (after,) = await one.send(RELEASED_2, agenda_changed())
        first, second = (lint(file_of(mail, "text/calendar"), method="PUBLISH") for mail in (before, after))
        monotonic(first, second)
        standing = {event["UID"].split(".")[0]: (event["STATUS"], event["SEQUENCE"]) for event in second}
        assert standing == {
            "s01": ("CONFIRMED", "0"),
            "s02": ("CONFIRMED", "0"),
            "s07": ("CONFIRMED", "3"),
            "s13": ("CANCELLED", "1"),
            "s18": ("CONFIRMED", "0"),
        }
        moved = next(event for event in second if event["UID"].startswith("s07"))
        assert moved["DTSTART;TZID=Europe/Paris"] == "20180913T160000"


async def test_a_plenary_that_is_called_off_leaves_the_calendar_of_whoever_is_told_and_no_later_mail_lists_it() -> None:
    plenary = SESSIONS[-1]
    off = plenary.model_copy(update={"state": "cancelled", "revision": 1})
    both = (*RELEASED_2.changes, SessionChange(session="s18", previous=plenary, current=off))
    async with house(OPENED, RELEASED, RELEASED_2.model_copy(update={"changes": both}), contact()) as one:
        digest, later = await one.send(agenda_changed(), amended(sessions=("s02",)))
        states = {e["UID"][:3]: e["STATUS"] for e in lint(file_of(digest, "text/calendar"), method="PUBLISH")}
        assert states["s18"] == "CANCELLED"
        assert "s18" not in {e["UID"][:3] for e in lint(file_of(later, "text/calendar"), method="PUBLISH")}
        assert "Plénière de clôture" not in text_of(later)


async def test_what_a_release_takes_out_altogether_goes_one_up_in_sequence() -> None:
    gone = RELEASED_2.model_copy(update={"changes": (SessionChange(session="s13", previous=SESSIONS[3]),)})
    async with house(OPENED, RELEASED, gone, contact()) as one:
        (mail,) = await one.send(
            agenda_changed(changed=(ChangedSession(session="s13", kinds=("cancelled",)),), clashes=())
        )
        [off] = [e for e in lint(file_of(mail, "text/calendar"), method="PUBLISH") if e["STATUS"] == "CANCELLED"]
        assert (off["UID"][:3], off["SEQUENCE"]) == ("s13", "1")


async def test_a_digest_waits_for_the_release_it_tells_of_and_each_release_is_told_in_order() -> None:
    third = ProgrammeReleased(
        subject="nec-2018",
        at=datetime(2018, 9, 12, 13, tzinfo=UTC),
        edition="nec-2018",
        n=3,
        tracks=TRACKS,
        changes=(
            SessionChange(
                session="s02",
                previous=SESSIONS[1],
                current=session("s02", 13, (18, 0), (19, 0), "Quarante ans", "Forty years", "Galerie", revision=1),
            ),
        ),
    )
    moved = (ChangedSession(session="s02", kinds=("moved", "room")),)
    async with house(OPENED, RELEASED, contact()) as one:
        await one.hear(agenda_changed(), agenda_changed(release=3, changed=moved, released=(), clashes=()))
        assert one.mailer.box == []
        await one.hear(RELEASED_2, third)
        await one.settle()
        second, after = one.received
        assert "version 2" in text_of(second)
        assert "version 3" in text_of(after)
        assert [mail.lane for mail in one.mails] == ["agenda/r0001", "agenda/r0001"]


async def test_who_cancels_before_the_digest_leaves_gets_no_digest() -> None:
    async with house(OPENED, RELEASED, contact(), posting=False) as one:
        await one.hear(RELEASED_2, agenda_changed(), cancelled())
        digest, goodbye = one.mails
        assert one.room.mailing is not None
        assert one.room.mailing.supersedes(goodbye, digest)
        assert goodbye.after == digest.id


async def test_more_clashes_than_a_mail_names_are_on_the_page() -> None:
    async with house(OPENED, RELEASED, RELEASED_2, contact()) as one:
        (mail,) = await one.send(agenda_changed(clashes=(("s02", "s07"),) * 30))
        assert text_of(mail).count("Quarante ans de lieux") == 12


# ---- taken back
@pytest.mark.parametrize("lang", ["fr", "en"])
async def test_a_registration_that_is_cancelled_takes_its_hours_out_of_the_calendar(lang: str) -> None:
    async with house(OPENED, RELEASED, contact(locale=lang)) as one:
        (before,) = await one.send(confirmed(sessions=("s02", "s07")))
        one.clock.set(NOW + timedelta(days=1))
        (after,) = await one.send(cancelled(freed=("s02", "s07")))
        body = file_of(after, "text/calendar")
        [part] = after.iter_attachments()
        assert part["Content-Type"].params["method"] == "CANCEL"
        first, second = lint(file_of(before, "text/calendar"), method="PUBLISH"), lint(body, method="CANCEL")
        monotonic(first, second)
        known = {event["UID"]: event for event in first}
        assert [event["UID"] for event in second] == list(known)
        for event in second:
            assert event["STATUS"] == "CANCELLED"
            assert int(event["SEQUENCE"]) == int(known[event["UID"]]["SEQUENCE"]) + 1
            assert event["DTSTAMP"] > known[event["UID"]]["DTSTAMP"]
            organiser = next(name for name in event if name.startswith("ORGANIZER"))
            assert event[organiser] == known[event["UID"]][organiser]
        assert [error for part in Calendar.from_ical(body).walk() for error in getattr(part, "errors", ())] == []
        assert len(ics.Calendar(body.decode()).events) == len(second)
        assert str(vobject.readOne(body.decode()).method.value) == "CANCEL"


@pytest.mark.parametrize("held", ["waitlisted", "offered"])
async def test_who_only_waited_has_nothing_in_their_calendar(held: str) -> None:
    async with house() as one:
        (mail,) = await one.send(cancelled(held=held))
        assert list(mail.iter_attachments()) == []
        assert "agenda joint" not in text_of(mail)
        [line] = [line for line in one.store.written if line["message"] == "registration.cancelled.v1"]
        assert [output for output in line["outputs"] if output["kind"] == "file"] == []


async def test_who_registers_again_gets_the_same_entries_back_with_a_sequence_that_never_goes_back() -> None:
    async with house(OPENED, RELEASED, contact()) as one:
        mails = await one.send(confirmed(sessions=("s02", "s07")), cancelled(freed=("s02", "s07")))
        mails += await one.send(
            confirmed(subject="r2", sessions=("s02", "s07"), again=1),
            amended(subject="r2", sessions=("s02",), added=(), again=1),
            cancelled(subject="r2", freed=("s02",), again=1),
        )
        files = [lint(file_of(mail, "text/calendar"), method=_method(mail)) for mail in mails]
        for earlier, later in pairwise(files):
            monotonic(earlier, later)
        assert [next(e["SEQUENCE"] for e in file if e["UID"].startswith("s02.")) for file in files] == list("01223")


def _method(mail: EmailMessage) -> str:
    [part] = [part for part in mail.iter_attachments() if part.get_content_type() == "text/calendar"]
    return str(part["Content-Type"].params["method"])
