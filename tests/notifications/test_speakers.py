"""Speakers are asked, and their calendars follow: one message a session, in order, to exactly those concerned."""

from __future__ import annotations

import re
import warnings
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import ics
import pytest
import vobject
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from icalendar import Calendar

from colloque.contracts.fact import SessionFrame
from colloque.runtime.work import Timer
from colloque.web.links import Links
from colloque_notifications.domain.invite import Invite, Telling
from tests.calendars.lint import Lint, lint, monotonic
from tests.calendars.mails import lint_mails
from tests.notifications.house import FRAME, NOW, OPENED, RELEASED, SETTINGS, House, contact, house, text_of
from tests.notifications.post_office import until
from tests.notifications.speaking import (
    BY_ID,
    confirms,
    elsewhere,
    invited,
    later,
    off,
    release,
    reminded,
    withdraws,
)

S13 = BY_ID["s13"]
UID = "s13.nec-2018.nadia@colloque.example"
NADIA = frozenset({"mailto:nadia.benali@example.org"})


def invitation_in(mail: EmailMessage) -> tuple[str, bytes]:
    """The method its header says, and the calendar in it: where calendars and mail programs look for it."""
    assert mail.get_content_type() == "multipart/mixed"
    reading, *files = mail.iter_parts()
    assert reading.get_content_type() == "multipart/alternative"
    kinds = [part.get_content_type() for part in reading.iter_parts()]
    assert kinds == ["text/plain", "text/html", "text/calendar"]
    part = list(reading.iter_parts())[-1]
    body = part.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert part.get_content_charset() == "utf-8"
    assert [file.get_content_type() for file in files] == ["application/ics"]
    assert files[0].get_payload(decode=True) == body
    method = part["Content-Type"].params["method"]
    assert f"METHOD:{method}\r\n".encode() in body
    return str(method), body


def entry(mail: EmailMessage, attendees: frozenset[str] = NADIA) -> dict[str, str]:
    """The one event of its calendar, which passes every check and says the same to three parsers."""
    method, body = invitation_in(mail)
    (event,) = lint(body, method=method, attendees=attendees)
    assert len({str(read) for read in instants(body).values()}) == 1
    return {"METHOD": method, **event}


def instants(body: bytes) -> dict[str, tuple[str, datetime, datetime]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what their own dependencies complain of is theirs
        (first,) = Calendar.from_ical(body).walk("VEVENT")
        assert first.errors == []
        (second,) = ics.Calendar(body.decode()).events
        third = vobject.readOne(body.decode())
        third.validate(raiseException=True)
        third = third.vevent
        return {
            "icalendar": _read(str(first["uid"]), first.decoded("dtstart"), first.decoded("dtend")),
            "ics": _read(second.uid, second.begin.datetime, second.end.datetime),
            "vobject": _read(third.uid.value, third.dtstart.value, third.dtend.value),
        }


def _read(uid: str, start: datetime, end: datetime) -> tuple[str, datetime, datetime]:
    return uid, start.astimezone(UTC), end.astimezone(UTC)


def organiser(event: dict[str, str]) -> str:
    return next(value for name, value in event.items() if name.split(";")[0] == "ORGANIZER")


def subject_of(mail: EmailMessage) -> str:
    return plainly(mail["Subject"])


def plainly(words: str) -> str:
    """With spaces for spaces of any kind."""
    return " ".join(words.split())


def brief(mail: EmailMessage) -> tuple[str, int]:
    event = entry(mail)
    return event["METHOD"], int(event["SEQUENCE"])


async def said(one: House) -> list[str]:
    return [mail.template for mail in one.mails]


# ---- asking
async def test_an_invitation_says_what_when_and_where_and_asks_behind_a_link() -> None:
    async with house() as one:
        (mail,) = await one.send(invited())
        text = plainly(text_of(mail))
        assert subject_of(mail) == "Voulez-vous intervenir à NEC18, le 14 septembre ?"
        for words in ("vendredi 14 septembre 2018", "9 h 30 à 11 h, heure de Paris", "Atelier 3", "intervention"):
            assert words in text
        assert "mercredi 5 septembre à 18 h" in text
        (token, second) = re.findall(r"/fr/invitation/(\S+)", text)
        assert second == f"{token}#non"
        link = Links(SETTINGS).read("invitation", token, NOW)
        assert (link.subject, link.generation) == ("nec-2018/s13.nadia.speaker", 0)
        assert [part.get_content_type() for part in mail.walk() if "calendar" in part.get_content_type()] == []


async def test_whoever_has_two_sessions_gets_two_invitations_and_a_reminder_replaces_nothing_else() -> None:
    async with house() as one:
        await one.send(invited("s13"), invited("s02"), reminded("s13"))
        assert await said(one) == ["speaker_invited", "speaker_invited", "speaker_reminded"]
        assert len(one.mailer.box) == 3


async def test_a_reminder_goes_in_place_of_an_invitation_that_has_not_left() -> None:
    async with house(OPENED, RELEASED) as one:
        await one.hear(invited(), reminded(), contact())
        await until(lambda: len(one.mailer.box) == 1 and all(not mail.open for mail in one.mails))
        assert sorted((mail.template, mail.state) for mail in one.mails) == [
            ("speaker_invited", "suppressed"),
            ("speaker_reminded", "sent"),
        ]


async def test_speakers_are_asked_before_the_public_hears_of_the_edition() -> None:
    async with house(contact()) as one:
        (mail,) = await one.send(invited(release=0))
        assert "Atelier 3" in text_of(mail)


async def test_a_session_without_hours_is_asked_for_all_the_same_and_comes_into_the_calendar_with_them() -> None:
    async with house() as one:
        (mail,) = await one.send(invited("s99", now=None, release=0))
        assert "à préciser" in text_of(mail)
        assert subject_of(mail) == "Voulez-vous intervenir à NEC18 ?"
        assert await one.send(confirms("s99", now=None, release=0)) == []
        frame = S13.model_copy(update={"id": "s99"})
        (mail,) = await one.send(release(2, frame))
        assert (one.mails[-1].template, brief(mail)) == ("speaker_calendar", ("REQUEST", 0))


async def test_an_invitation_that_leaves_after_its_hour_is_not_sent() -> None:
    async with house() as one:
        await one.send(invited(until=NOW))
        assert [(mail.state, mail.reason) for mail in one.mails] == [("suppressed", "too_late")]


# ---- the calendar
async def test_who_accepts_gets_one_calendar_invitation() -> None:
    async with house() as one:
        (mail,) = await one.send(confirms())
        event = entry(mail)
        assert (event["METHOD"], event["SEQUENCE"], event["UID"]) == ("REQUEST", "0", UID)
        assert event["DTSTART;TZID=Europe/Paris"] == "20180914T093000"
        assert event["STATUS"] == "CONFIRMED"
        assert organiser(event) == "mailto:nec18@colloque.example"
        assert mail["To"] == "Nadia Benali <nadia.benali@example.org>"
        raw = one.mailer.box[0].message
        assert re.search(
            rb"Content-Type: text/calendar; charset=\"?utf-8\"?; method=\"?REQUEST\"?\r\n", raw, re.IGNORECASE
        )
        attendee = re.search(rb"ATTENDEE[^:]*", re.sub(rb"\r\n ", b"", invitation_in(mail)[1]))
        assert attendee is not None
        said = set(attendee.group().replace(b'"', b"").split(b";"))
        assert said == {
            b"ATTENDEE",
            b"CN=Nadia Benali",
            b"CUTYPE=INDIVIDUAL",
            b"PARTSTAT=NEEDS-ACTION",
            b"ROLE=REQ-PARTICIPANT",
            b"RSVP=TRUE",
        }


async def test_the_line_of_an_acceptance_lists_one_mail_and_one_calendar_file() -> None:
    async with house() as one:
        await one.send(confirms())
        (line,) = [line for line in one.store.written if line["message"] == "speaker.confirmed.v1"]
        shown = [(o["kind"], o.get("media_type")) for o in line["outputs"] if o["kind"] != "document"]
        assert shown == [("mail", None), ("file", "text/calendar")]


async def test_hours_that_were_released_later_than_the_answer_was_given_are_those_of_the_calendar() -> None:
    async with house() as one:
        await one.hear(release(2, later(S13)))
        (mail,) = await one.send(confirms(release=1))
        assert entry(mail)["DTSTART;TZID=Europe/Paris"] == "20180914T113000"
        assert brief(mail) == ("REQUEST", 1)


async def test_an_answer_that_knows_of_a_release_we_have_not_heard_of_is_right() -> None:
    async with house() as one:
        (mail,) = await one.send(confirms(now=later(S13), release=2))
        assert brief(mail) == ("REQUEST", 1)
        assert await one.send(release(2, later(S13))) == []


async def test_before_any_release_the_calendar_holds_what_the_draft_says_and_follows_the_release() -> None:
    async with house(OPENED, contact()) as one:
        (first,) = await one.send(confirms(release=0))
        (second,) = await one.send(release(1, elsewhere(S13).model_copy(update={"revision": 0})))
        monotonic([entry(first)], [entry(second)])
        assert (brief(first), brief(second)) == (("REQUEST", 0), ("REQUEST", 1))


async def test_a_first_release_that_says_what_they_know_tells_nobody() -> None:
    async with house(OPENED, contact()) as one:
        await one.send(confirms(release=0))
        assert await one.send(RELEASED) == []


# ---- what a release changes
async def test_a_release_tells_the_speakers_of_what_it_moves_and_nobody_else() -> None:
    async with house() as one:
        await one.hear(contact("marc", given="Marc", family="Tremblay", email="marc@example.org"))
        await one.send(
            confirms("s01"),
            confirms("s07", person="marc"),
            confirms("s13"),
            confirms("s13", person="marc"),
            invited("s02"),
        )
        before = len(one.mailer.box)

        mails = await one.send(release(2, later(S13), off(BY_ID["s07"]), elsewhere(BY_ID["s02"])))

        told = sorted((mail["To"].addresses[0].addr_spec, subject_of(mail)) for mail in mails)
        assert told == [
            ("marc@example.org", "NEC18 : nouvel horaire"),
            ("marc@example.org", "NEC18 : votre session est annulée"),
            ("nadia.benali@example.org", "NEC18 : nouvel horaire"),
        ]
        assert len(one.mailer.box) == before + 3


@pytest.mark.parametrize(
    ("now", "subject", "method"),
    [
        (later(S13), "NEC18 : nouvel horaire", "REQUEST"),
        (elsewhere(S13), "NEC18 : nouvelle salle", "REQUEST"),
        (later(elsewhere(S13)).model_copy(update={"revision": 1}), "NEC18 : nouvel horaire, nouvelle salle", "REQUEST"),
        (off(S13), "NEC18 : votre session est annulée", "CANCEL"),
    ],
    ids=["time", "room", "both", "cancelled"],
)
async def test_a_change_has_the_same_uid_and_organiser_and_the_next_sequence(
    now: object, subject: str, method: str
) -> None:
    async with house() as one:
        (first,) = await one.send(confirms())
        one.clock.set(NOW + timedelta(days=1))
        (second,) = await one.send(release(2, now))  # type: ignore[arg-type]
        before, after = entry(first), entry(second)
        monotonic([before], [after])
        assert subject_of(second) == subject
        assert (after["METHOD"], after["SEQUENCE"], after["UID"]) == (method, "1", UID)
        assert after["STATUS"] == ("CANCELLED" if method == "CANCEL" else "CONFIRMED")
        assert after["DTSTAMP"] > before["DTSTAMP"]
        assert organiser(before) == organiser(after) == "mailto:nec18@colloque.example"


async def test_a_title_that_changes_disturbs_nobody() -> None:
    async with house() as one:
        await one.send(confirms())
        assert await one.send(release(2, S13.model_copy(update={"title": {"fr": "Autrement dit"}}))) == []


async def test_somebody_with_two_changed_sessions_gets_a_mail_for_each() -> None:
    async with house() as one:
        await one.send(confirms("s13"), confirms("s02"))
        mails = await one.send(release(2, later(S13), elsewhere(BY_ID["s02"])))
        assert sorted(entry(mail)["UID"][:3] for mail in mails) == ["s02", "s13"]


async def test_a_session_that_is_taken_out_is_cancelled_and_one_that_comes_back_is_asked_anew() -> None:
    async with house() as one:
        await one.send(confirms())
        (gone,) = await one.send(release(2, gone=(S13,)))
        (again,) = await one.send(release(3, S13))
        assert (brief(gone), brief(again)) == (("CANCEL", 1), ("REQUEST", 2))
        assert subject_of(again) == "NEC18 : votre session a lieu"


async def test_a_release_of_many_sessions_is_told_in_slices() -> None:
    frames = [S13.model_copy(update={"id": f"x{n:03}"}) for n in range(90)]
    async with house(OPENED, release(1, *frames), contact()) as one:
        await one.send(*(confirms(frame.id, now=frame) for frame in frames))
        moved = [later(frame) for frame in frames]
        await one.hear(release(2, *moved))
        while timers := [timer for timer in one.store.docs(Timer).values() if timer.at <= one.clock.now()]:
            await one.desk.ring(timers[0])
        await one.settle()
        told = [mail.context["frame"]["id"] for mail in one.mails if mail.template == "programme_changed_speaker"]
        assert sorted(told) == [frame.id for frame in frames]


# ---- leaving
async def test_who_withdraws_gets_a_cancellation_of_what_they_held() -> None:
    async with house() as one:
        (first,) = await one.send(confirms())
        (second,) = await one.send(withdraws())
        monotonic([entry(first)], [entry(second)])
        assert brief(second) == ("CANCEL", 1)
        assert one.mails[-1].template == "speaker_withdrawn"
        assert await one.send(release(2, later(S13))) == []


async def test_who_withdraws_from_what_was_cancelled_holds_nothing_any_more() -> None:
    async with house() as one:
        await one.send(confirms(), release(2, off(S13)))
        assert await one.send(withdraws()) == []


async def test_who_withdraws_before_there_were_hours_is_told_without_a_calendar() -> None:
    async with house() as one:
        await one.hear(confirms("s99", now=None, release=0))
        (mail,) = await one.send(withdraws("s99", now=None, release=0))
        assert mail.get_content_type() == "multipart/alternative"
        assert "ne paraît plus" not in subject_of(mail)
        (line,) = [line for line in one.store.written if line["step"] == "take_out_of_calendar"]
        assert [o for o in line["outputs"] if o["kind"] == "file"] == []


async def test_whoever_comes_back_is_asked_with_a_higher_sequence() -> None:
    async with house() as one:
        await one.send(confirms(), withdraws())
        (again,) = await one.send(confirms(links=1))
        (moved,) = await one.send(release(2, later(S13)))
        assert (brief(again), brief(moved)) == (("REQUEST", 2), ("REQUEST", 3))


async def test_two_roles_in_one_session_are_one_entry_that_goes_with_the_last_of_them() -> None:
    async with house() as one:
        await one.send(confirms())
        assert await one.send(confirms(role="moderator")) == []
        assert await one.send(withdraws()) == []
        (mail,) = await one.send(withdraws(role="moderator"))
        assert brief(mail) == ("CANCEL", 1)


async def test_a_newer_message_of_an_entry_replaces_one_that_has_not_left() -> None:
    async with house(OPENED, RELEASED) as one:
        await one.hear(confirms(), release(2, later(S13)), contact())
        await until(lambda: len(one.mailer.box) == 1 and all(not mail.open for mail in one.mails))
        assert [(mail.template, mail.state) for mail in one.mails] == [
            ("speaker_calendar", "suppressed"),
            ("programme_changed_speaker", "sent"),
        ]
        assert brief(one.received[0]) == ("REQUEST", 1)


async def test_an_address_that_changes_is_the_attendee_of_what_is_sent_to_it() -> None:
    async with house() as one:
        await one.send(confirms())
        await one.hear(contact(revision=2, email="nadia@elsewhere.example"))
        (mail,) = await one.send(withdraws())
        entry(mail, frozenset({"mailto:nadia@elsewhere.example"}))
        assert mail["To"].addresses[0].addr_spec == "nadia@elsewhere.example"


async def test_the_organiser_stays_when_the_edition_s_mailbox_changes() -> None:
    async with house() as one:
        await one.send(confirms())
        changed = FRAME.model_copy(update={"contact_email": "programme@colloque.example"})
        await one.hear(OPENED.model_copy(update={"frame": changed}))
        (mail,) = await one.send(withdraws())
        assert organiser(entry(mail)) == "mailto:nec18@colloque.example"


async def test_words_from_outside_add_nothing_to_an_invitation() -> None:
    evil = {"fr": "Bien\r\nATTENDEE:mailto:mallory@example.org\r\nX:y; z, t"}
    frame = S13.model_copy(update={"title": evil, "room": S13.room.model_copy(update={"name": "A\r\nEND:VEVENT"})})
    async with house(OPENED, release(1, frame), contact(given='Eve"; X="y', family="\r\nATTENDEE:z")) as one:
        (mail,) = await one.send(confirms(now=frame, title=evil))
        assert entry(mail)["SUMMARY"] == "Bien ATTENDEE:mailto:mallory@example.org X:y\\; z\\, t"
        assert mail["Bcc"] is None


async def test_nothing_personal_of_a_speaker_is_in_a_line_or_a_fact() -> None:
    async with house() as one:
        await one.send(invited(), confirms(), release(2, later(S13)), withdraws())
        for word in ("nadia.benali", "Benali", "Nadia"):
            assert word not in str(one.store.written)


# ---- what is looked at in every test
@pytest.mark.parametrize(
    ("fault", "broken"),
    [
        ("attendees", lambda mail: mail.replace_header("To", "Eve <eve@example.org>")),
        ("sender's domain", lambda mail: mail.replace_header("From", "x <x@elsewhere.example>")),
        ("last way", lambda mail: _first_part(mail).attach(EmailMessage())),
    ],
)
async def test_a_mail_around_an_invitation_that_is_wrong_would_be_found(fault: str, broken: object) -> None:
    assert callable(broken)
    async with house() as one:
        (mail,) = await one.send(confirms())
    broken(mail)
    with pytest.raises(Lint, match=fault):
        lint_mails([mail])


async def test_the_very_same_again_and_messages_out_of_order_are_told_apart() -> None:
    async with house() as one:
        mails = await one.send(confirms(), release(2, later(S13)))
    lint_mails([mails[0], mails[0], mails[1]])
    with pytest.raises(Lint, match="SEQUENCE"):
        lint_mails(mails[::-1])


def _first_part(mail: EmailMessage) -> EmailMessage:
    part = next(iter(mail.iter_parts()))
    assert isinstance(part, EmailMessage)
    return part


# ---- laws
class Entries(RuleBasedStateMachine):
    """Whatever happens in whatever order: what a calendar last took is what is so."""

    @initialize()
    def begin(self) -> None:
        self.invite, self.parts, self.frame = Invite.begun("nec-2018", "s13", "nadia"), set[str](), S13
        self.in_calendar: SessionFrame | None = None
        self.sequences = list[int]()

    def took(self, result: tuple[Invite, Telling | None]) -> None:
        self.invite, telling = result
        if telling is None:
            return
        if telling.method:
            self.sequences.append(self.invite.sequence)
            self.in_calendar = telling.frame if telling.method == "REQUEST" else None

    @rule(role=st.sampled_from(["a.speaker", "a.moderator"]), links=st.integers(0, 3))
    def confirm(self, role: str, links: int) -> None:
        self.parts.add(role)
        self.took(self.invite.confirmed(role, links, self.frame))

    @rule(role=st.sampled_from(["a.speaker", "a.moderator"]))
    def withdraw(self, role: str) -> None:
        self.parts.discard(role)
        self.took(self.invite.withdrawn(role))

    @rule(how=st.sampled_from([later, elsewhere, off, lambda frame: frame]))
    def release(self, how: object) -> None:
        assert callable(how)
        stands = self.frame.model_copy(update={"state": "published"})
        self.frame = how(stands)
        self.took(self.invite.released(self.frame))

    @invariant()
    def the_calendar_says_what_is_so(self) -> None:
        if not hasattr(self, "invite"):
            return
        comes = bool(self.parts) and self.frame.state != "cancelled"
        held = self.in_calendar
        assert (held is not None) == comes
        if held is not None:
            assert (held.slot, held.room) == (self.frame.slot, self.frame.room)

    @invariant()
    def numbers_only_rise(self) -> None:
        if hasattr(self, "sequences"):
            assert self.sequences == sorted(set(self.sequences))


Entries.TestCase.settings = settings(max_examples=80, stateful_step_count=25, deadline=None)
TestEntries = Entries.TestCase
