"""Speakers are asked, reminded, and answer; what the public reads follows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from colloque.contracts.notifications import MessageFailed
from colloque.contracts.registration import Contact
from colloque.contracts.scheduling import (
    EditionCancelled,
    EditionPostponed,
    SpeakerConfirmed,
    SpeakerDeclined,
    SpeakerExpired,
    SpeakerFact,
    SpeakerInvited,
    SpeakerReminded,
    SpeakerWithdrawn,
)
from colloque.runtime.refusal import Refusal
from colloque.runtime.work import Timer
from colloque_scheduling.commands.speakers import AnswerInvitation
from colloque_scheduling.domain.programme.edition import Edition
from colloque_scheduling.domain.programme.invitation import Invitation
from colloque_scheduling.domain.programme.person import Person
from colloque_scheduling.domain.programme.release import Programme
from colloque_scheduling.domain.programme.session import Session
from tests.scheduling import nec18
from tests.scheduling.house import House, nec18_as

NEC = "/api/editions/nec-2018"
YANN, MARC, AWA = "s04.yann-le-goff.facilitator", "s06.marc-tremblay.speaker", "s15.awa-ndiaye.speaker"


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """Everybody is assigned, nothing is released."""
    async with nec18_as("filled") as house:
        yield house


@pytest.fixture
async def released() -> AsyncIterator[House]:
    async with nec18_as("released") as house:
        yield house


async def invite(house: House, *assignments: str, **more: Any) -> Any:
    body = {"assignments": assignments, **more} if assignments else more or None
    answer = await house.post(f"{NEC}/invitations", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def by_link(house: House, assignment: str, answer: str, links: int = 0, message: str = "") -> Any:
    command = AnswerInvitation.model_validate(
        {"assignment": f"nec-2018/{assignment}", "links": links, "answer": answer, "message": message}
    )
    return await house.do(command)


async def refused(house: House, assignment: str, answer: str, links: int = 0) -> str:
    with pytest.raises(Refusal) as no:
        await by_link(house, assignment, answer, links)
    return no.value.slug


async def record(house: House, assignment: str, answer: str, **more: Any) -> Any:
    return await house.post(f"{NEC}/assignments/{assignment}/answer", {"answer": answer, **more})


def state(house: House, assignment: str) -> str:
    session, _, key = assignment.partition(".")
    return str(house.docs(Session)[f"nec-2018/{session}"].assignment(key).state)


def invitation(house: House, assignment: str) -> Invitation:
    return house.docs(Invitation)[f"nec-2018/{assignment}"]


def of_type(house: House) -> list[str]:
    return [fact.type for fact in house.said(SpeakerFact)]


# ---- asking
async def test_everybody_who_is_assigned_is_invited_once(house: House) -> None:
    assert await invite(house) == {"invited": 32}

    told = house.said(SpeakerInvited)
    assert sorted(fact.subject for fact in told) == sorted(
        f"nec-2018/{one['session']}.{one['person']}.{one['role']}" for one in nec18.assignments()
    )
    assert await invite(house) == {"invited": 0}
    assert len(house.said(SpeakerInvited)) == 32


async def test_an_invitation_says_what_a_mail_needs_and_nobody_s_name(house: House) -> None:
    await invite(house, YANN, until="2018-09-05T18:00:00+02:00")

    [fact] = house.said(SpeakerInvited)
    assert fact.now is not None
    assert (fact.session, fact.role, fact.links, fact.release) == ("s04", "facilitator", 0, 0)
    assert (fact.now.room.name, fact.now.revision) == ("Atelier 3", 0)
    assert fact.until == nec18.wall("2018-09-05T18:00")
    assert fact.frame == house.docs(Edition)["nec-2018"].frame


async def test_more_than_a_few_are_invited_one_lot_after_the_other(house: House) -> None:
    for n in range(70):
        room = {"room": None, "slot": None, "overflow": None}
        await house.post(f"{NEC}/sessions", nec18.session("s02", id=f"x{n}", **room))
        await house.post(f"{NEC}/assignments", {"session": f"x{n}", "person": f"p{n}", "role": "speaker"})

    assert await invite(house) == {"invited": 102}
    assert len(house.said(SpeakerInvited)) == 50
    await house.until(house.clock.at)

    assert len({fact.subject for fact in house.said(SpeakerInvited)}) == len(house.said(SpeakerInvited)) == 102


async def test_assigning_can_invite_at_once(house: House) -> None:
    body = {"session": "s16", "person": "hugo-petit", "role": "moderator", "invite": True}
    assert (await house.post(f"{NEC}/assignments", body)).status_code == 201
    [fact] = house.said(SpeakerInvited)
    assert fact.subject == "nec-2018/s16.hugo-petit.moderator"


async def test_nobody_is_invited_to_what_is_cancelled_or_twice_or_too_late(house: House) -> None:
    await invite(house, YANN)
    again = await house.post(f"{NEC}/assignments/{YANN}/invite")
    assert (again.status_code, again.json()["type"].rsplit("/", 1)[1]) == (409, "already-invited")
    late = await house.post(f"{NEC}/assignments/{MARC}/invite", {"until": "2018-06-04T06:00:00Z"})
    assert (late.status_code, late.json()["type"].rsplit("/", 1)[1]) == (422, "too-late-to-answer")
    await house.post(f"{NEC}/sessions/s06/cancel")
    assert (await house.post(f"{NEC}/assignments/{MARC}/invite")).status_code == 409
    assert (await house.post(f"{NEC}/assignments/s06.nobody.speaker/invite")).status_code == 404
    assert len(house.said(SpeakerInvited)) == 1


async def test_the_same_request_twice_invites_once(house: House) -> None:
    for _ in range(2):
        answer = await house.post(f"{NEC}/invitations", {"assignments": [YANN]}, **{"idempotency-key": "one"})
        assert answer.json() == {"invited": 1}
    assert len(house.said(SpeakerInvited)) == 1


async def test_who_is_silent_is_reminded_once_after_five_days(house: House) -> None:
    await invite(house)
    await by_link(house, YANN, "confirmed")
    await by_link(house, AWA, "declined")

    await house.until(house.clock.at + timedelta(days=4, hours=23))
    assert house.said(SpeakerReminded) == []
    await house.until(house.clock.at + timedelta(days=30))

    reminded = {fact.subject for fact in house.said(SpeakerReminded)}
    assert len(house.said(SpeakerReminded)) == len(reminded) == 30
    assert not {f"nec-2018/{YANN}", f"nec-2018/{AWA}"} & reminded


async def test_nobody_is_reminded_by_itself_while_the_edition_is_put_off(house: House) -> None:
    await invite(house, YANN)
    await house.post(f"{NEC}/postpone", {"reason": {"fr": "Grève"}})
    await house.until(house.clock.at + timedelta(days=8))
    assert house.said(SpeakerReminded) == []

    await house.post(f"{NEC}/announce")
    await house.until(house.clock.at + timedelta(days=8))

    assert [fact.subject for fact in house.said(SpeakerReminded)] == [f"nec-2018/{YANN}"]


async def test_what_is_said_of_an_edition_that_is_off_says_why(house: House) -> None:
    await house.post(f"{NEC}/postpone", {"reason": {"fr": "Grève"}})
    await house.post(f"{NEC}/cancel", {"reason": {}})
    [put_off], [called_off] = house.said(EditionPostponed), house.said(EditionCancelled)
    assert (put_off.reason, called_off.reason) == ({"fr": "Grève"}, None)


async def test_the_edition_says_how_often_and_after_how_long(house: House) -> None:
    await house.web.patch(NEC, json={"speakers": {"remind_after_days": 2, "reminders": 2}})
    await invite(house, YANN)

    await house.until(house.clock.at + timedelta(days=30))

    at = [fact.at - nec18.JUNE for fact in house.said(SpeakerReminded)]
    assert at == [timedelta(days=2), timedelta(days=4)]


async def test_an_organiser_reminds_at_most_once_a_day(house: House) -> None:
    assert (await house.post(f"{NEC}/assignments/{YANN}/remind")).json()["type"].endswith("not-yet-invited")
    await invite(house, YANN)
    early = await house.post(f"{NEC}/assignments/{YANN}/remind")
    assert early.json()["type"].endswith("reminded-lately")

    await house.until(house.clock.at + timedelta(days=1))
    assert (await house.post(f"{NEC}/assignments/{YANN}/remind")).json()["reminders"] == 1
    await by_link(house, YANN, "declined")
    await house.until(house.clock.at + timedelta(days=2))
    assert (await house.post(f"{NEC}/assignments/{YANN}/remind")).json()["type"].endswith("answered-already")


async def test_an_invitation_expires_at_its_hour_and_not_a_second_later_can_it_be_taken(house: House) -> None:
    await house.web.patch(NEC, json={"speakers": {"answer_by": "2018-06-20T12:00:00Z"}})
    await invite(house, YANN, MARC)
    house.clock.at = nec18.wall("2018-06-20T13:59:59")
    assert await by_link(house, MARC, "confirmed") == "confirmed"
    house.clock.at += timedelta(seconds=1)
    assert await refused(house, YANN, "confirmed") == "invitation-expired"

    await house.until(house.clock.at)

    assert (state(house, YANN), state(house, MARC)) == ("expired", "confirmed")
    [fact] = house.said(SpeakerExpired)
    assert fact.subject == f"nec-2018/{YANN}"
    assert await refused(house, YANN, "confirmed") == "invitation-expired"


# ---- answering
async def test_an_answer_is_theirs_once(house: House) -> None:
    await invite(house, YANN, MARC)
    await by_link(house, YANN, "confirmed")
    assert await refused(house, YANN, "confirmed") == "illegal-transition"
    assert await refused(house, YANN, "declined") == "illegal-transition"
    assert await refused(house, MARC, "withdrawn") == "illegal-transition"
    await by_link(house, YANN, "withdrawn")
    assert await refused(house, YANN, "confirmed") == "illegal-transition"
    assert of_type(house)[2:] == ["speaker.confirmed.v1", "speaker.withdrawn.v1"]
    assert [fact.by for fact in house.said(SpeakerConfirmed)] == ["speaker"]


async def test_what_they_write_stays_in_the_room(house: House) -> None:
    await invite(house, YANN)
    await by_link(house, YANN, "declined", message="Je serai à Brest, avec Maëlle.")
    assert invitation(house, YANN).message == "Je serai à Brest, avec Maëlle."
    assert "Brest" not in str(house.store.written)


async def test_an_organiser_notes_an_answer_of_somebody_never_invited_by_mail(house: House) -> None:
    answer = await record(house, YANN, "confirmed", message="au téléphone")
    told = answer.json()
    assert (told["state"], told["answered_by"], told["message"]) == ("confirmed", "organiser", "au téléphone")
    [fact] = house.said(SpeakerConfirmed)
    assert fact.by == "organiser"
    assert (await record(house, YANN, "declined")).status_code == 409


async def test_who_declines_is_free_again(house: House) -> None:
    body = {"session": "s02", "person": "yann-le-goff", "role": "speaker"}
    refused = await house.post(f"{NEC}/assignments", body)
    assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[1]) == (409, "speaker-double-booked")
    await record(house, YANN, "declined")
    assert (await house.post(f"{NEC}/assignments", body)).status_code == 201


async def test_who_declined_can_be_asked_anew_and_the_old_link_is_dead(house: House) -> None:
    await invite(house, YANN)
    await by_link(house, YANN, "declined", message="non")
    body = {"session": "s04", "person": "yann-le-goff", "role": "facilitator", "invite": True}
    assert (await house.post(f"{NEC}/assignments", body)).json()["state"] == "invited"

    assert [fact.links for fact in house.said(SpeakerInvited)] == [0, 1]
    assert await refused(house, YANN, "confirmed", links=0) == "no-such-invitation"
    assert await by_link(house, YANN, "confirmed", links=1) == "confirmed"
    assert invitation(house, YANN).message == ""


async def test_who_is_taken_out_is_told_if_they_had_confirmed_and_their_link_opens_nothing(house: House) -> None:
    await invite(house, YANN, MARC)
    await by_link(house, YANN, "confirmed")
    for one in (YANN, MARC):
        assert (await house.web.delete(f"{NEC}/assignments/{one}")).status_code == 204
    [fact] = house.said(SpeakerWithdrawn)
    assert (fact.subject, fact.by) == (f"nec-2018/{YANN}", "organiser")
    assert await refused(house, MARC, "confirmed") == "no-such-invitation"
    assert [one for one in house.docs(Timer) if "marc" in one] == []


@pytest.mark.parametrize("how", ["cancel", "drop"])
async def test_people_of_a_session_that_was_never_released_are_let_go_with_it(house: House, how: str) -> None:
    await invite(house, MARC, "s06.idriss-bellahcene.moderator")
    await by_link(house, MARC, "confirmed")
    if how == "cancel":
        assert (await house.post(f"{NEC}/sessions/s06/cancel")).status_code == 200
    else:
        assert (await house.web.delete(f"{NEC}/sessions/s06")).status_code == 204
    assert [fact.subject for fact in house.said(SpeakerWithdrawn)] == [f"nec-2018/{MARC}"]
    assert [one for one in house.docs(Timer) if "s06" in one] == []


async def test_people_of_a_released_session_hear_of_its_end_by_the_release(released: House) -> None:
    await record(released, MARC, "confirmed")
    await released.post(f"{NEC}/sessions/s06/cancel")
    assert released.said(SpeakerWithdrawn) == []
    assert state(released, MARC) == "confirmed"


async def test_nobody_is_promised_a_place_in_what_is_cancelled(released: House) -> None:
    await invite(released, MARC)
    await released.post(f"{NEC}/sessions/s06/cancel")
    assert (await record(released, MARC, "confirmed")).status_code == 409
    assert (await record(released, MARC, "declined")).status_code == 200


# ---- what the public reads
async def test_a_person_is_public_as_soon_as_they_confirm_and_no_longer_than_they_come(released: House) -> None:
    def cast() -> list[str | None]:
        return [one.person for one in released.docs(Programme)["nec-2018"].cast["s06"]]

    async def page() -> tuple[str, str]:
        answer = await released.web.get("/fr/nec-2018/sessions/s06")
        return answer.headers["etag"], answer.text

    tags = [(await page())[0]]
    assert "2 intervenants à confirmer" in (await page())[1]
    await record(released, MARC, "confirmed")
    assert cast() == ["marc-tremblay", None]
    tag, text = await page()
    tags.append(tag)
    assert "intervenant à confirmer" in text
    await record(released, MARC, "withdrawn")
    assert cast() == [None]
    tags.append((await page())[0])
    assert len(set(tags)) == 3


async def test_what_was_released_is_what_they_are_told_whatever_the_draft_says(released: House) -> None:
    await released.web.patch(f"{NEC}/sessions/s12", json={"room": "audito"})
    await record(released, "s12.giulia-rossi.speaker", "confirmed")
    [fact] = released.said(SpeakerConfirmed)
    assert fact.now is not None
    assert (fact.now.room.id, fact.release) == ("galerie", 1)


async def test_an_edition_that_is_over_takes_no_answer(house: House) -> None:
    await invite(house, YANN)
    await house.post(f"{NEC}/cancel")
    assert await refused(house, YANN, "confirmed") == "edition-is-over"
    await house.until(house.clock.at + timedelta(days=9))
    assert house.said(SpeakerReminded) == []


# ---- who has not answered
async def test_an_organiser_sees_who_has_not_answered(house: House) -> None:
    await invite(house)
    for one in nec18.load("nec18_programme.yaml")["assignments"]:
        if one["state"] != "invited":
            await by_link(house, f"{one['session']}.{one['person']}.{one['role']}", one["state"])

    silent = (await house.web.get(f"{NEC}/invitations", params={"state": "invited"})).json()

    assert [one["id"] for one in silent] == [
        "s08.kenji-sato.speaker",
        "s12.oksana-vasylkivska.speaker",
        "s13.paul-mercier.speaker",
        "s17.kenji-sato.speaker",
    ]
    assert {one["invited_at"] for one in silent} == {"2018-06-04T07:00:00Z"}
    assert len(house.said(SpeakerConfirmed)) == 27
    assert len(house.said(SpeakerDeclined)) == 1


async def test_a_mail_that_did_not_arrive_is_said_beside_the_silence(house: House) -> None:
    await invite(house, YANN)
    failed = MessageFailed(
        subject="m1",
        at=house.clock.at,
        template="speaker_invited",
        person="yann-le-goff",
        about=f"nec-2018/{YANN}",
        edition="nec-2018",
        status=550,
    )
    await house.desk.hear(failed)
    listed = (await house.web.get(f"{NEC}/invitations")).json()
    assert {one["id"]: one["undelivered"] for one in listed if one["undelivered"]} == {YANN: 550}


async def test_a_viewer_does_not_read_what_people_wrote(house: House) -> None:
    await house.let_in("vic", "viewer", "edition:nec-2018")
    assert (await house.web.get(f"{NEC}/invitations")).status_code == 403
    assert (await house.post(f"{NEC}/invitations")).status_code == 403


# ---- names
def contact(person: str, **more: Any) -> Contact:
    known: dict[str, Any] = {"given": "Marc", "family": "Tremblay", "email": "m@example.org", "described": True}
    return Contact(subject=person, at=nec18.JUNE, **({"epoch": 1, "revision": 1} | known | more))


async def test_the_public_reads_the_name_of_who_has_confirmed_and_of_nobody_else(released: House) -> None:
    async def page() -> str:
        return (await released.web.get("/fr/nec-2018/sessions/s06")).text

    await released.desk.hear(contact("marc-tremblay"))
    await released.desk.hear(contact("idriss-bellahcene", given="Idriss", family="Bellahcène"))
    assert "Tremblay" not in await page()
    await record(released, MARC, "confirmed")
    assert "Marc Tremblay" in await page()
    assert "Bellahcène" not in await page()
    await released.desk.hear(contact("marc-tremblay", revision=2, given="Marc-André"))
    assert "Marc-André Tremblay" in await page()
    await record(released, MARC, "withdrawn")
    assert "Tremblay" not in await page()


async def test_a_name_that_comes_after_the_answer_is_shown_all_the_same_and_survives_a_release(house: House) -> None:
    await record(house, MARC, "confirmed")
    await house.desk.hear(contact("marc-tremblay"))
    await house.release()
    assert "Marc Tremblay" in (await house.web.get("/fr/nec-2018/sessions/s06")).text


async def test_only_people_whom_an_organiser_has_described_are_kept(house: House) -> None:
    await house.desk.hear(contact("somebody", described=None))
    await house.desk.hear(contact("marc-tremblay"))
    await house.desk.hear(contact("marc-tremblay", revision=0, given="Old"))
    assert {id: one.name for id, one in house.docs(Person).items()} == {"marc-tremblay": "Marc Tremblay"}


async def test_of_somebody_erased_neither_name_nor_words_are_left(released: House) -> None:
    await released.desk.hear(contact("marc-tremblay"))
    await record(released, MARC, "confirmed", message="à 9 h, promis")
    await released.desk.hear(Contact(subject="marc-tremblay", at=nec18.JUNE, epoch=1, revision=9, erased=True))
    assert "Tremblay" not in (await released.web.get("/fr/nec-2018/sessions/s06")).text
    assert invitation(released, MARC).message == ""
    assert "Tremblay" not in str(released.store.every())
