"""What people and programs are shown, and who is shown nothing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from colloque.web.i18n import missing
from colloque_traces import words
from tests.traces.desk import FRAME
from tests.traces.lines import AHEAD, AT, CLICK, DROPPED, FORM, PARKED, REGISTRATION, TOLD, another, document, line
from tests.traces.web import House


def plain(page: str) -> str:
    """The words of a page, as they are read."""
    body = page.split("<main", 1)[1]
    text = re.sub(r"<[^>]+>", " ", body).replace("&nbsp;", " ").replace("&lt;", "<").replace("&#39;", "'")
    return re.sub(r"\s+", " ", text.replace("\u00a0", " ").replace("\u202f", " "))


def test_every_word_is_said_in_english_too() -> None:
    assert missing("colloque_traces") == []


async def test_a_whole_registration_is_one_page_under_any_of_its_names() -> None:
    async with House().open() as house:
        await house.story()
        await house.as_role("desk")
        pages = [
            await house.visitor.get(f"/console/nec-2018/traces/{name}") for name in ("form-745", "click-745", "r745")
        ]
        assert [page.status_code for page in pages] == [200, 200, 200]
        told = plain(pages[0].text)
        for said in (
            "Trace de l’inscription R745", "étapes faites 7", "sur 7 attendues", "Formulaire envoyé", "Demande reçue",
            "« Confirmez votre adresse »", "Lien confirmé", "Inscription confirmée", "Envoyé en 1,2 s", "agenda (ICS)",
            "empreinte bbbbbbbbbbbb", "8 h 04",
        ):  # fmt: skip
            assert said in told, said
        assert "Il manque" not in told
        assert plain(pages[1].text) == plain(pages[2].text) == told


async def test_what_is_missing_comes_first_and_by_name() -> None:
    async with House().open() as house:
        await house.ledger.announce()
        await house.ledger.rooms_open()
        await house.ledger.hand_in(*(one for one in REGISTRATION if one is not TOLD))
        await house.as_role("desk")
        house.clock.set(AT + timedelta(hours=2, seconds=209))
        told = plain((await house.visitor.get("/console/nec-2018/traces/r745")).text)
        assert (
            "Il manque 1 étape Courriels, « Inscription confirmée » : attendue après « Inscription confirmée », rien"
            in told
        )
        assert told.index("Il manque 1 étape") < told.index("Formulaire envoyé")
        assert "Manque attendue depuis 2 heures" in told


async def test_documents_of_one_kind_are_counted_and_files_are_told_with_their_mail() -> None:
    seats = tuple(document(f"nec-2018.s0{n}", n, "SessionSeats") for n in (1, 2, 3))
    click = CLICK.model_copy(update={"outputs": (*CLICK.outputs, *seats)})
    async with House().open() as house:
        await house.ledger.announce()
        await house.ledger.hand_in(*(click if one is CLICK else one for one in REGISTRATION))
        await house.as_role("desk")
        told = plain((await house.visitor.get("/console/nec-2018/traces/form-745")).text)
        assert "Inscription, version 2" in told
        assert "Places d’une session (3)" in told
        assert "Courriel Envoyé en 0,9 s" in told
        assert "Joint : billet (PNG)" in told


async def test_a_parked_step_says_how_to_replay_it() -> None:
    async with House().open() as house:
        await house.ledger.announce()
        await house.ledger.hand_in(FORM, PARKED)
        await house.as_role("desk")
        told = plain((await house.visitor.get("/console/nec-2018/traces/form-745")).text)
        assert "Mise de côté" in told
        assert "python -m colloque_notifications parked replay ask_to_confirm/r745" in told
        listed = plain((await house.visitor.get("/console/nec-2018/traces")).text)
        assert "À regarder" in listed
        assert "1 histoire arrêtée" in listed


async def test_a_step_that_was_given_up_says_why_and_is_not_looked_for_any_more() -> None:
    async with House().open() as house:
        await house.ledger.announce()
        await house.ledger.hand_in(FORM, PARKED, DROPPED)
        await house.as_role("desk")
        told = plain((await house.visitor.get("/console/nec-2018/traces/form-745")).text)
        assert "Abandonnée" in told
        assert "puis abandonnée le 20 juin, 9 h 04 : « a test registration »" in told
        assert "parked replay" not in told
        listed = plain((await house.visitor.get("/console/nec-2018/traces")).text)
        assert "À regarder" not in listed


async def test_why_somebody_was_put_ahead_of_others_is_shown() -> None:
    async with House().open() as house:
        await house.ledger.announce()
        await house.ledger.hand_in(*REGISTRATION, AHEAD)
        await house.as_role("desk")
        told = plain((await house.visitor.get("/console/nec-2018/traces/form-745")).text)
        assert "Personne passée devant" in told
        assert "Raison : « Interprète de la plénière »" in told


async def test_a_line_of_a_life_that_ended_is_shown_as_such() -> None:
    async with House().open() as house:
        await house.ledger.announce()
        await house.ledger.hand_in(FORM)
        await house.ledger.hand_in(line("form-9", "submit", story="form-9", epoch=2))
        await house.as_role("desk")
        assert "D’une vie qui s’est arrêtée" in plain(
            (await house.visitor.get("/console/nec-2018/traces/form-745")).text
        )


async def test_the_list_shows_the_latest_by_pages_and_what_is_missing_first() -> None:
    async with House().open() as house:
        await house.ledger.announce()
        await house.ledger.rooms_open()
        stories = [
            line(f"form-{n:02}", "submit", story=f"form-{n:02}", after=n, outputs=(document(f"reg-{n:02}"),))
            for n in range(60)
        ]
        late = stories[50].model_copy(update={"parcels": FORM.parcels})
        await house.ledger.hand_in_all([*stories[:50], late, *stories[51:]])
        await house.as_role("desk")
        pages, before = [], ""
        while True:
            page = (await house.visitor.get(f"/console/nec-2018/traces{before}")).text
            pages.append(re.findall(r'/traces/(form-\d\d)"', page))
            older = [link for link in re.findall(r"\?before=\d+", page) if link != before]
            if not older:
                break
            before = older[0]
        assert [len(page) > 20 for page in pages[:-1]] == [True] * (len(pages) - 1)
        assert len(pages) > 1
        shown = [one for page in pages for one in page]
        assert shown[0] == "form-50"
        assert shown[1:] == [f"form-{n:02}" for n in range(59, -1, -1) if n != 50]


async def test_an_edition_without_traces_says_what_will_fill_the_page() -> None:
    async with House().open() as house:
        await house.ledger.announce()
        await house.as_role("desk")
        console = await house.visitor.get("/console/nec-2018/traces")
        assert "Rien encore" in plain(console.text)
        assert "<table" not in console.text
        assert "Rien encore" in plain((await house.visitor.get("/fr/nec-2018/produced")).text)


async def test_the_public_page_counts_and_hides_what_could_be_about_somebody() -> None:
    async with House().open() as house:
        await house.story()
        told = plain((await house.visitor.get("/fr/nec-2018/produced")).text)
        assert "Places prises moins de 5" in told
        assert "< 5" in told

    async with House().open() as house:
        await house.story()
        await house.ledger.hand_in(*(one for n in range(6) for one in another(n)))
        await house.ledger.hand_in(
            line("r", "release", message="ReleaseProgramme", story="r", facts=(("programme.released.v1", "nec-2018"),))
        )
        told = plain((await house.visitor.get("/fr/nec-2018/produced")).text)
        assert "Places prises 7" in told
        assert "Versions du programme 1" in told
        assert "Courriels envoyés 14" in told


async def test_the_public_page_speaks_both_languages_and_is_cheap_to_ask_again() -> None:
    async with House().open() as house:
        await house.story()
        english = await house.visitor.get("/en/nec-2018/produced")
        assert "What NEC18 has produced so far" in plain(english.text)
        assert "fewer than 5" in plain(english.text)
        again = await house.visitor.get("/en/nec-2018/produced", headers={"if-none-match": english.headers["etag"]})
        assert again.status_code == 304
        assert len(english.content) < 60_000


@pytest.mark.parametrize(
    "path", ["/fr/nec-1999/produced", "/console/nec-1999/traces", "/console/nec-2018/traces/unknown"]
)
async def test_what_is_not_there_is_not_found(path: str) -> None:
    async with House().open() as house:
        await house.story()
        await house.as_role("owner", "house")
        assert (await house.visitor.get(path)).status_code == 404


# ---- who may read what
async def test_an_organiser_of_one_edition_cannot_read_a_story_of_another() -> None:
    async with House().open() as house:
        await house.story()
        await house.ledger.announce(FRAME.model_copy(update={"edition": "nec-2019", "code": "NEC19"}))
        await house.as_role("organiser", "edition:nec-2019")
        assert (await house.visitor.get("/console/nec-2018/traces/form-745")).status_code == 403
        assert (await house.visitor.get("/console/nec-2019/traces/form-745")).status_code == 404
        assert (await house.visitor.get("/console/nec-2019/traces/r745")).status_code == 404
        assert (await house.visitor.get("/api/traces/form-745")).status_code == 403
        assert (await house.visitor.get("/api/traces/r745")).status_code == 403
        assert (await house.visitor.get("/api/editions/nec-2018/produced")).status_code == 403


async def test_a_story_of_two_editions_is_for_those_who_may_read_both() -> None:
    async with House().open() as house:
        await house.story()
        await house.ledger.announce(FRAME.model_copy(update={"edition": "nec-2019", "series": "other"}))
        await house.ledger.hand_in(
            line("both", "a", story="both"), line("both", "b", room="scheduling", story="both", scope="nec-2019")
        )
        await house.as_role("organiser", "edition:nec-2018")
        assert (await house.visitor.get("/console/nec-2018/traces/both")).status_code == 403
        await house.as_role("owner", "house", person="p-owner")
        assert (await house.visitor.get("/console/nec-2018/traces/both")).status_code == 200


async def test_a_story_of_the_house_is_for_its_owner() -> None:
    async with House().open() as house:
        await house.story()
        await house.ledger.hand_in(
            line("sign-in", "request_sign_in", message="RequestSignIn", story="sign-in", scope=None)
        )
        await house.as_role("organiser")
        assert (await house.visitor.get("/api/traces/sign-in")).status_code == 403
        assert (await house.visitor.get("/console/nec-2018/traces/sign-in")).status_code == 403
        await house.as_role("owner", "house", person="p-owner")
        assert (await house.visitor.get("/api/traces/sign-in")).status_code == 200
        assert (await house.visitor.get("/console/nec-2018/traces/sign-in")).status_code == 200


async def test_an_organiser_of_the_series_reads_the_stories_of_its_editions() -> None:
    async with House().open() as house:
        await house.story()
        await house.as_role("organiser", "series:nec")
        assert (await house.visitor.get("/console/nec-2018/traces/r745")).status_code == 200
        assert (await house.visitor.get("/api/traces/r745")).status_code == 200


async def test_a_viewer_reads_numbers_and_no_story() -> None:
    async with House().open() as house:
        await house.story()
        await house.as_role("viewer")
        assert (await house.visitor.get("/api/editions/nec-2018/produced")).status_code == 200
        assert (await house.visitor.get("/api/traces/r745")).status_code == 403
        assert (await house.visitor.get("/console/nec-2018/traces")).status_code == 403


async def test_strangers_are_asked_who_they_are() -> None:
    async with House().open() as house:
        await house.story()
        assert (await house.visitor.get("/api/traces/r745")).status_code == 401
        assert (await house.visitor.get("/console/nec-2018/traces")).headers["location"].startswith("/console/sign-in")


async def test_the_trace_as_json_names_every_step_and_whether_it_is_whole() -> None:
    async with House().open() as house:
        await house.story()
        await house.as_role("desk")
        told = (await house.visitor.get("/api/traces/r745")).json()
        assert told["complete"] is True
        assert told["about"] == "r745"
        assert [one["id"] for one in told["stories"]] == ["form-745", "click-745"]
        assert (told["chain"]["done"], told["chain"]["expected"], told["chain"]["missing"]) == (7, 7, [])
        confirmed = told["chain"]["sections"][1]["facts"][0]
        assert confirmed["type"] == "registration.confirmed.v1"
        assert {(step["room"], step["step"]) for step in confirmed["steps"]} == {
            ("notifications", "tell_confirmed"),
            ("scheduling", "expect_attendance"),
        }
        mail = next(step for step in confirmed["steps"] if step["room"] == "notifications")["mails"][0]
        assert (mail["state"], [file["media_type"] for file in mail["files"]]) == (
            "sent",
            ["image/png", "text/calendar; method=PUBLISH"],
        )


async def test_the_numbers_as_json_are_those_of_the_page() -> None:
    async with House().open() as house:
        await house.story()
        await house.ledger.hand_in(*(one for n in range(6) for one in another(n)))
        await house.as_role("viewer")
        told = (await house.visitor.get("/api/editions/nec-2018/produced")).json()
        assert told["facts"] == {
            "message.sent.v1": 14,
            "registration.confirmed.v1": 7,
            "registration.submitted.v1": 7,
        }
        assert told["stories"] == 14
        assert told["files"] == {"image/png": 7, "text/calendar": 7}


def test_the_catalogue_of_words_has_no_two_names_for_one_thing_of_a_kind() -> None:
    """A page on which two steps are called the same tells nobody which one is missing."""
    for table in (words.BEGINNINGS, words.FACTS, words.DOCUMENTS):
        assert len(set(table.values())) == len(table)
