"""A speaker answers by their link; an organiser sees who has, and does something about it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest

from colloque.contracts.scheduling import SpeakerConfirmed, SpeakerDeclined, SpeakerInvited, SpeakerReminded
from colloque.web.i18n import missing
from colloque.web.links import Links
from tests.scheduling import nec18
from tests.scheduling.house import SETTINGS, House, nec18_as
from tests.scheduling.test_speakers import MARC, NEC, YANN, contact, invitation, invite, record, state

S13 = "s13.paul-mercier.speaker"
LIST = "/console/nec-2018/speakers"


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with nec18_as("filled") as house:
        await invite(house, S13, YANN, until="2018-09-05T18:00:00+02:00")
        yield house


def link(assignment: str = S13, links: int = 0, lang: str = "fr") -> str:
    token = Links(SETTINGS).mint("invitation", f"nec-2018/{assignment}", links, nec18.wall("2018-10-14T00:00"))
    return f"/{lang}/invitation/{token}"


async def send(house: House, page: httpx.Response, action: str, **fields: Any) -> httpx.Response:
    """The form of the page that goes there, as a browser sends it."""
    for form in re.findall(r"<form[^>]*>.*?</form>", page.text, re.DOTALL):
        head = form[: form.index(">")]
        if f'action="{action}"' in head:
            token = re.search(r'name="form_token" value="([^"]+)"', form)
            assert token is not None
            return await house.web.post(action, data={"form_token": token.group(1), **fields})
    raise AssertionError(f"no form goes to {action}")


def words(answer: httpx.Response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


# ---- the link
async def test_the_page_shows_and_asks_and_changes_nothing(house: House) -> None:
    page = await house.web.get(link())
    said = words(page)
    assert page.status_code == 200
    for told in (
        "Voulez-vous intervenir à NEC18 ?",
        "Communs 4/5",
        "vendredi 14 septembre 2018",
        "9 h 30 à 11 h , heure de Paris",
        "Atelier 3",
        "pas de plain-pied",
        "5 septembre",
    ):
        assert told.replace(" ,", ",") in said.replace(" ,", ",")
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert 'content="noindex"' in page.text
    assert state(house, S13) == "invited"


async def test_the_button_decides_and_the_page_then_says_so(house: House) -> None:
    page = await house.web.get(link())
    answer = await send(house, page, link(), answer="confirmed", message="Avec plaisir.\r\nJ'ai un fauteuil.")
    assert (answer.status_code, answer.headers["location"]) == (303, link())
    assert (state(house, S13), invitation(house, S13).message) == ("confirmed", "Avec plaisir.\nJ'ai un fauteuil.")
    assert "C’est noté, merci" in words(await house.web.get(link()))


async def test_no_is_an_answer_too_and_is_given_once(house: House) -> None:
    page = await house.web.get(link())
    for _ in range(2):
        assert (await send(house, page, link(), answer="declined")).status_code == 303
    assert len(house.said(SpeakerDeclined)) == 1
    assert "Vous changez d’avis" in words(await house.web.get(link()))
    assert (await send(house, page, link(), answer="confirmed")).status_code == 303
    assert state(house, S13) == "declined"


async def test_who_had_confirmed_can_say_that_they_cannot_come_after_all(house: House) -> None:
    await record(house, S13, "confirmed")
    page = await house.web.get(link())
    await send(house, page, link(), answer="withdrawn", message="Grève.")
    assert state(house, S13) == "withdrawn"
    assert "Vous n’intervenez plus" in words(await house.web.get(link()))


async def test_a_form_without_an_answer_keeps_the_words(house: House) -> None:
    page = await house.web.get(link())
    answer = await send(house, page, link(), message="Peut-être ?")
    assert answer.status_code == 422
    assert "Peut-être ?" in answer.text
    assert "appuyez sur « Oui » ou sur « Non »" in words(answer)
    long = await send(house, await house.web.get(link()), link(), answer="declined", message="x" * 4001)
    assert (long.status_code, state(house, S13)) == (422, "invited")


@pytest.mark.parametrize("lang", ["fr", "en"])
async def test_a_link_that_is_cut_off_or_of_another_purpose_opens_nothing(house: House, lang: str) -> None:
    other = Links(SETTINGS).mint("ticket", f"nec-2018/{S13}", 0, nec18.wall("2018-10-14T00:00"))
    for token in (link()[len("/fr/invitation/") : -3], other, "x"):
        assert (await house.web.get(f"/{lang}/invitation/{token}")).status_code == 404


async def test_somebody_else_s_link_answers_for_them_alone(house: House) -> None:
    page = await house.web.get(link(YANN))
    await send(house, page, link(YANN), answer="declined")
    assert (state(house, YANN), state(house, S13)) == ("declined", "invited")


async def ask_anew(house: House) -> str:
    await record(house, S13, "declined")
    body = {"session": "s13", "person": "paul-mercier", "role": "speaker", "invite": True}
    assert (await house.post(f"{NEC}/assignments", body)).status_code == 201
    return "Cette invitation n’est plus valable"


async def take_out(house: House) -> str:
    assert (await house.web.delete(f"{NEC}/assignments/{S13}")).status_code == 204
    return "Cette invitation n’est plus valable"


async def drop(house: House) -> str:
    assert (await house.web.delete(f"{NEC}/sessions/s13")).status_code == 204
    return "Cette invitation n’est plus valable"


async def call_off(house: House) -> str:
    await house.post(f"{NEC}/sessions/s13/cancel", {"reason": {"fr": "La salle est inondée."}})
    return "La salle est inondée."


async def end(house: House) -> str:
    await house.post(f"{NEC}/cancel")
    return "n’attend plus de réponse"


async def wait(house: House) -> str:
    house.clock.at = nec18.wall("2018-09-05T18:00")
    return "Il est trop tard pour répondre"


async def expire(house: House) -> str:
    await house.until(nec18.wall("2018-09-06T18:00"))
    return "La réponse était attendue avant le mercredi 5 septembre à 18 h"


@pytest.mark.parametrize(
    "what", [ask_anew, take_out, drop, call_off, end, wait, expire], ids=lambda what: what.__name__
)
async def test_whatever_has_become_of_it_is_said_kindly_and_takes_no_answer(house: House, what: Any) -> None:
    page = await house.web.get(link())
    told = await what(house)
    shown = await house.web.get(link())
    assert shown.status_code == 410
    assert told in words(shown)
    assert "<button" not in shown.text.split("<main")[-1]
    answer = await send(house, page, link(), answer="confirmed")
    assert answer.status_code == 303
    assert house.said(SpeakerConfirmed) == []


async def test_a_link_a_month_after_the_edition_has_expired(house: House) -> None:
    house.clock.at = nec18.wall("2018-10-14T00:00")
    assert (await house.web.get(link())).status_code == 410


async def test_the_page_of_an_edition_not_yet_announced_leads_to_no_public_page(house: House) -> None:
    await house.post("/api/editions", nec18.edition(id="nec-2019"))
    assert (await house.post("/api/editions/nec-2019/sessions", {
        "id": "s1", "title": {"fr": "Sans heure"}, "format": "plenary"
    })).status_code == 201  # fmt: skip
    body = {"session": "s1", "person": "paul-mercier", "role": "host", "invite": True}
    assert (await house.post("/api/editions/nec-2019/assignments", body)).status_code == 201
    token = Links(SETTINGS).mint("invitation", "nec-2019/s1.paul-mercier.host", 0, nec18.wall("2018-10-14T00:00"))
    page = await house.web.get(f"/en/invitation/{token}")
    assert page.status_code == 200
    assert "to be set" in words(page)
    assert "/en/nec-2019" not in page.text


# ---- the console
async def test_an_organiser_sees_who_has_answered_what_and_who_has_not(house: House) -> None:
    await house.desk.hear(contact("paul-mercier", given="Paul", family="Mercier"))
    await record(house, YANN, "confirmed")
    page = await house.web.get(LIST)
    assert page.status_code == 200
    said = words(page)
    for told in ("Tous (32)", "À inviter (30)", "Sans réponse (1)", "Ont dit oui (1)", "Paul Mercier"):
        assert told in said
    silent = words(await house.web.get(f"{LIST}?group=silent"))
    assert "Communs 4/5" in silent
    assert "Communs 1/5" not in silent
    assert "jusqu’au 5 septembre" in silent


async def test_all_who_were_not_are_invited_by_one_button_that_says_how_many(house: House) -> None:
    page = await house.web.get(LIST)
    assert "30 courriels partent" in words(page)
    answer = await send(house, page, f"{LIST}/invite", until="2018-07-01")
    assert answer.headers["location"] == f"{LIST}?group=silent"
    assert len(house.said(SpeakerInvited)) == 32
    assert house.said(SpeakerInvited)[-1].until == nec18.wall("2018-07-01T23:59")


@pytest.mark.parametrize("day", ["hier", "2018-01-01"])
async def test_a_day_that_is_none_or_is_over_is_said_beside_it(house: House, day: str) -> None:
    page = await house.web.get(LIST)
    answer = await send(house, page, f"{LIST}/invite", until=day)
    assert answer.status_code == 422
    assert "jour à venir" in words(answer)
    assert len(house.said(SpeakerInvited)) == 2


async def test_a_reminder_is_one_button_in_the_list_once_a_day_has_passed(house: House) -> None:
    action = f"{LIST}/{S13}/remind"
    assert action not in (await house.web.get(LIST)).text
    house.clock.at += timedelta(days=1)
    house.ask_as()
    page = await house.web.get(LIST)
    await send(house, page, action)
    again = await send(house, await house.web.get(f"{LIST}?group=silent"), f"{LIST}/{YANN}/remind")
    assert again.status_code == 303
    assert len(house.said(SpeakerReminded)) == 2
    late = await send(house, page, f"{LIST}/{YANN}/remind")
    assert late.status_code == 409
    assert "moins d’un jour" in words(late)


async def test_an_answer_by_telephone_is_noted_on_their_page_and_their_words_are_there(house: House) -> None:
    page = await house.web.get(f"{LIST}/{S13}")
    nothing = await send(house, page, f"{LIST}/{S13}/answer")
    assert nothing.status_code == 422
    await send(house, page, f"{LIST}/{S13}/answer", answer="confirmed", message="rappelée lundi")
    after = words(await house.web.get(f"{LIST}/{S13}"))
    assert state(house, S13) == "confirmed"
    assert "rappelée lundi" in after
    assert "notée par l’équipe" in after
    assert "Retirer du programme" in after


async def test_taking_somebody_out_says_first_what_will_happen_and_inviting_again_is_another_invitation(
    house: House,
) -> None:
    await record(house, S13, "confirmed")
    page = await house.web.get(f"{LIST}/{S13}")
    assert "retire l’heure de son agenda" in words(page)
    await send(house, page, f"{LIST}/{S13}/answer", answer="withdrawn")
    page = await house.web.get(f"{LIST}/{S13}")
    assert "Inviter de nouveau" in words(page)
    await send(house, page, f"{LIST}/{S13}/invite")
    assert (state(house, S13), invitation(house, S13).links) == ("invited", 1)


async def test_a_role_that_nobody_has_any_more_stands_on_the_desk_until_somebody_is_asked(house: House) -> None:
    lacks = "Communs 4/5 : la place des acteurs publics : plus personne pour ce rôle (intervention)"

    async def desk() -> str:
        return words(await house.web.get("/console/nec-2018")).replace("\u202f", " ").replace("\xa0", " ")

    assert "Rien ne demande votre attention" in await desk()
    await record(house, S13, "declined")
    assert lacks in re.sub(r"\s+", " ", await desk())
    assert "1 session" in await desk()
    other = {"session": "s13", "person": "marc-tremblay", "role": "speaker"}
    assert (await house.post("/api/editions/nec-2018/assignments", other)).status_code == 201
    assert lacks not in await desk()


async def test_a_viewer_sees_the_list_and_no_button_and_no_page_of_a_person(house: House) -> None:
    await house.let_in("vic", "viewer", "edition:nec-2018")
    page = await house.web.get(LIST)
    assert page.status_code == 200
    assert f"{LIST}/{S13}" not in page.text
    assert (await house.web.get(f"{LIST}/{S13}")).status_code == 403


async def test_somebody_who_is_not_assigned_has_no_page(house: House) -> None:
    assert (await house.web.get(f"{LIST}/s13.nobody.speaker")).status_code == 404
    assert (await house.web.get(f"{LIST}/{MARC}")).status_code == 200


@pytest.mark.parametrize("name", ["-d.nb.speaker", "s12-.nb.speaker", "s12.nb", "S12.nb.speaker", "s12.nb.speaker.x"])
async def test_what_cannot_be_the_name_of_an_assignment_is_refused_as_such(house: House, name: str) -> None:
    for method in ("GET", "DELETE"):
        answer = await house.web.request(method, f"/api/editions/nec-2018/assignments/{name}")
        assert answer.status_code == 422


def test_every_word_of_the_pages_is_there_in_english() -> None:
    assert missing("colloque_scheduling") == []
