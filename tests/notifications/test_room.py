"""Who is told what, and what the room keeps of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from colloque.contracts.fact import Fact
from colloque.contracts.registration import Contact
from colloque.contracts.scheduling import ProgrammeReleased
from colloque.runtime.mailer.port import Deferred, Failed
from colloque.web.links import Links
from colloque_notifications.domain.known import KnownContact, KnownProgramme
from colloque_notifications.domain.mail import Mail
from tests.notifications.house import (
    NOW,
    OPENED,
    RELEASED,
    RELEASED_2,
    SESSIONS,
    SETTINGS,
    agenda_changed,
    amended,
    cancelled,
    confirmed,
    contact,
    house,
    hurried,
    lapsed,
    offered,
    repeated,
    sign_in,
    submitted,
    text_of,
    waitlisted,
)
from tests.notifications.post_office import until

LINK = re.compile(r"https://\S+")


def link(text: str, part: str) -> str:
    (found,) = [url for url in LINK.findall(text) if part in url]
    return str(found.rsplit("/", 1)[1])


async def test_a_submitted_form_is_answered_by_a_link_valid_for_48_hours() -> None:
    async with house() as one:
        (mail,) = await one.send(submitted())
        token = link(text_of(mail), "/fr/confirm/")
        read = Links(SETTINGS).read("confirm", token, NOW)
        assert (read.subject, read.expires_at) == ("r0001", datetime(2018, 9, 6, 12, 2, tzinfo=UTC))
        assert mail["To"] == "Nadia Benali <nadia.benali@example.org>"
        assert mail["Subject"] == "Confirmez votre inscription à NEC18"
        assert mail["Reply-To"] == "contact@colloque.example"
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["Message-ID"] == f"<{one.mails[0].id}@colloque.example>"


async def test_the_links_of_a_registration_are_of_its_generation_and_last_30_days_after_the_edition() -> None:
    async with house() as one:
        (mail,) = await one.send(confirmed(links=4))
        links = [url for url in LINK.findall(text_of(mail)) if url.rsplit("/", 2)[1] == "registration"]
        read = Links(SETTINGS).read("registration", links[0].rsplit("/", 1)[1], NOW)
        assert (read.subject, read.generation) == ("r0001", 4)
        assert read.expires_at == datetime(2018, 10, 14, 22, tzinfo=UTC)


async def test_a_confirmation_says_what_is_held_and_what_was_full_and_nothing_else() -> None:
    async with house() as one:
        (mail,) = await one.send(confirmed(sessions=("s02",), without=("s07",)))
        said = text_of(mail)
        assert "Quarante ans de lieux" in said
        assert "s’est rempli" in said.replace("\n", " ")
        assert said.count("choisir une licence") == 1
        assert "Communs 4/5" not in said
        (other,) = await one.send(confirmed(subject="r0002", sessions=("s02",)))
        assert "s’est rempli" not in text_of(other).replace("\n", " ")


async def test_the_line_that_tells_of_a_confirmation_lists_one_mail_and_one_calendar_file() -> None:
    async with house() as one:
        await one.send(confirmed())
        (line,) = [line for line in one.store.written if line["message"] == "registration.confirmed.v1"]
        shown = [(o["kind"], o.get("media_type")) for o in line["outputs"] if o["kind"] != "document"]
        assert shown == [("mail", None), ("file", "text/calendar")]


async def test_the_line_of_the_sending_lists_what_the_mail_carried_and_tells_it_was_sent() -> None:
    async with house() as one:
        await one.send(confirmed())
        (line,) = [line for line in one.store.written if line["message"] == "NoteOutcome"]
        files = {o["media_type"]: o for o in line["outputs"] if o["kind"] == "file"}
        assert set(files) == {"image/png", "text/calendar"}
        assert all(len(file["sha256"]) == 64 and file["size"] > 100 for file in files.values())
        assert [parcel["type"] for parcel in line["parcels"]] == ["message.sent.v1"]
        assert line["story"] == one.mails[0].story


async def test_nothing_personal_is_in_a_line_or_a_fact() -> None:
    async with house() as one:
        await one.send(submitted(), confirmed(subject="r0002"), sign_in())
        journal = str(one.store.written)
        for word in ("nadia.benali", "Benali", "Nadia"):
            assert word not in journal


@pytest.mark.parametrize(
    ("fact", "template"),
    [
        (submitted(), "confirm_address"),
        (confirmed(), "registration_confirmed"),
        (waitlisted(), "registration_waitlisted"),
        (offered(), "place_offered"),
        (hurried(), "offer_shortened"),
        (lapsed(), "offer_expired"),
        (amended(), "registration_amended"),
        (cancelled(), "registration_cancelled"),
        (agenda_changed(), "programme_changed_digest"),
        (repeated(), "registration_known"),
        (repeated(state="pending"), "confirm_address"),
        (sign_in(), "sign_in"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.type,
)
async def test_each_fact_has_its_mail(fact: Fact, template: str) -> None:
    async with house(OPENED, RELEASED, RELEASED_2, contact()) as one:
        await one.send(fact)
        assert [(mail.template, mail.state) for mail in one.mails] == [(template, "sent")]


@pytest.mark.parametrize("fact", [amended(added=(), freed=()), cancelled(held="pending")], ids=lambda fact: fact.type)
async def test_what_changes_nothing_for_anybody_is_not_told(fact: Fact) -> None:
    async with house() as one:
        await one.hear(fact)
        assert one.mails == []


async def test_the_same_fact_heard_twice_makes_one_mail() -> None:
    """A step may run any number of times; the mail's id is made of its cause."""
    async with house(posting=False) as one:
        await one.hear(confirmed())
        first = one.mails[0]
        assert first.id == Mail.id_of(first.cause, "registration_confirmed", "nadia")
        assert Mail.id_of("another cause", "registration_confirmed", "nadia") != first.id


async def test_a_mail_waits_for_the_contact_the_edition_and_the_programme_in_whatever_order_they_come() -> None:
    async with house(submitted()) as one:
        await one.hear(confirmed(subject="r0002"))
        for fact in (RELEASED, contact(), OPENED):
            assert one.mailer.box == []
            await one.hear(fact)
        await one.settle()
        assert sorted(mail.template for mail in one.mails) == ["confirm_address", "registration_confirmed"]
        assert len(one.mailer.box) == 2


async def test_of_two_contacts_the_later_version_stays_whichever_comes_first() -> None:
    async with house(contact(revision=3, family="Martin"), contact(revision=2), posting=False) as one:
        assert one.store.docs(KnownContact)["nadia"].family == "Martin"
        await one.hear(contact(epoch=2, revision=1, family="Durand"))
        assert one.store.docs(KnownContact)["nadia"].family == "Durand"


async def test_to_somebody_erased_nothing_is_sent_and_nothing_is_kept() -> None:
    async with house() as one:
        await one.hear(Contact(subject="nadia", at=NOW, epoch=1, revision=2, erased=True))
        await one.send(submitted())
        assert (one.mails[0].state, one.mails[0].reason) == ("suppressed", "erased")
        assert "Benali" not in str(one.store.docs(KnownContact))
        assert one.mailer.box == []


async def test_a_link_that_has_expired_is_not_sent_any_more() -> None:
    async with house(OPENED, RELEASED) as one:
        await one.hear(submitted())
        one.clock.set(NOW + timedelta(hours=49))
        await one.send(contact())
        assert (one.mails[0].state, one.mails[0].reason) == ("suppressed", "too_late")


async def test_each_person_is_written_to_in_their_language() -> None:
    async with house(OPENED, RELEASED, contact(locale="en")) as one:
        (mail,) = await one.send(waitlisted())
        assert mail["Subject"] == "NEC18: you are on the waiting list"
        assert mail["Content-Language"] == "en"
        assert "3rd" in text_of(mail)


async def test_who_leaves_an_offered_place_reads_that_it_is_noted_and_not_that_all_are_taken() -> None:
    async with house(OPENED, RELEASED, contact()) as one:
        (first,) = await one.send(waitlisted())
        (again,) = await one.send(waitlisted(rank=4, declined=True))
        assert "Toutes les places" in text_of(first)
        assert "va à la personne suivante" not in text_of(first)
        assert "Toutes les places" not in text_of(again)
        assert "va à la personne suivante" in text_of(again)
        assert "4e" in text_of(again)


async def test_somebody_entered_by_another_gets_a_mail_of_their_own_in_the_mailbox_given() -> None:
    """One mail per person concerned, not per mailbox."""
    async with house(OPENED, RELEASED, contact("a", given="A"), contact("b", given="B")) as one:
        mails = await one.send(submitted(person="a"), submitted(subject="r0002", person="b"))
        assert [mail["To"] for mail in mails] == [f"{given} Benali <nadia.benali@example.org>" for given in "AB"]


async def test_a_sign_in_link_is_of_its_nonce_and_not_of_an_edition() -> None:
    async with house() as one:
        (mail,) = await one.send(sign_in())
        token = link(text_of(mail), "/console/enter/")
        assert Links(SETTINGS).read("sign-in", token, NOW).subject == "n0nce"
        assert one.mails[0].edition is None


async def test_mails_of_an_edition_are_numbered_without_a_hole_and_counted_by_state() -> None:
    async with house() as one:
        await one.send(*(submitted(subject=f"r{i:04}") for i in range(7)))
        assert [mail.seq for mail in one.mails] == list(range(1, 8))
        assert (one.book.n, one.book.counts) == (7, {"confirm_address/sent": 7})


async def test_a_refusal_is_tried_again_ever_later_and_given_up_after_five_days() -> None:
    async with house() as one:
        one.mailer.answers["nadia.benali@example.org"] = Deferred(451, "later")
        await one.hear(confirmed())
        waits = []
        for attempt in range(1, 15):
            await until(lambda: one.mails[0].attempts >= attempt or not one.mails[0].open)  # noqa: B023
            if not one.mails[0].open:
                break
            waits.append(one.mails[0].due_at - one.clock.now())
            one.clock.set(one.mails[0].due_at + timedelta(seconds=1))
        minutes = [round(wait.total_seconds() / 60) for wait in waits]
        assert minutes == sorted(minutes)
        assert minutes[0] == 0
        assert minutes[-1] == 24 * 60
        assert (one.mails[0].state, one.mails[0].status) == ("failed", 451)
        assert one.mails[0].settled_at is not None
        assert timedelta(days=5) <= one.mails[0].settled_at - one.mails[0].queued_at < timedelta(days=6, hours=1)


async def test_a_refusal_for_good_is_a_fact_with_the_code_and_without_the_words_of_the_server() -> None:
    async with house() as one:
        one.mailer.answers["nadia.benali@example.org"] = Failed(550, "nadia.benali@example.org: unknown")
        await one.send(confirmed())
        body = next(
            p["body"] for line in one.store.written for p in line["parcels"] if p["type"] == "message.failed.v1"
        )
        assert '"status":550' in body
        assert "nadia.benali" not in body
        assert one.mails[0].words == "nadia.benali@example.org: unknown"


async def test_a_newer_account_of_the_sessions_replaces_one_not_yet_sent() -> None:
    async with house() as one:
        await one.send(confirmed())
        one.mailer.answers["nadia.benali@example.org"] = Deferred(451, "later")
        await one.hear(amended())
        await until(lambda: one.mails[1].attempts == 1)
        one.mailer.answers.clear()
        await one.hear(amended(sessions=("s02",), added=(), freed=("s13",)))
        await one.settle()
        assert [mail.state for mail in one.mails] == ["sent", "suppressed", "sent"]
        assert one.mails[1].reason == "superseded"


async def test_a_change_does_not_overtake_the_confirmation_with_its_ticket() -> None:
    async with house() as one:
        one.mailer.answers["nadia.benali@example.org"] = Deferred(451, "later")
        await one.hear(confirmed())
        await until(lambda: one.mails[0].attempts == 1)
        one.mailer.answers.clear()
        await one.hear(amended())
        one.clock.set(NOW + timedelta(minutes=1))
        await one.settle()
        assert [str(mail["Subject"]) for mail in one.received] == [
            "Votre inscription à NEC18 est confirmée",
            "NEC18\u00a0: vos sessions ont changé",
        ]


async def test_what_a_release_takes_out_can_still_be_named() -> None:
    async with house() as one:
        gone = SESSIONS[2]
        await one.hear(
            ProgrammeReleased(
                subject="nec-2018",
                at=NOW,
                edition="nec-2018",
                n=2,
                tracks=RELEASED.tracks,
                changes=({"session": "s07", "previous": gone},),  # type: ignore[arg-type]
            )
        )
        programme = one.store.docs(KnownProgramme)["nec-2018"]
        assert programme.sessions["s07"].withdrawn
        (mail,) = await one.send(amended(sessions=("s02",), added=(), freed=("s07",)))
        assert "choisir une licence" in text_of(mail)


async def test_telling_somebody_takes_one_reading_and_its_outcome_another() -> None:
    """Round trips a mail does not pay for."""
    async with house(posting=False) as one:
        before = one.store.trips["read"]
        await one.hear(confirmed())
        assert one.store.trips["read"] - before == 1
