"""The dry run of a release: whom it would tell and what each would read, before anybody is told."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from starlette.requests import Request

from colloque.web.forms import TOKEN
from colloque.web.previews import PreviewAgenda
from colloque.web.site import Site
from colloque_registration.commands import GrantRole
from colloque_registration.domain.registration import Registration
from tests.registration.browsing import Page
from tests.registration.house import AFTERNOON, SETTINGS, House, house
from tests.registration.nec18 import NADIA, load, programme
from tests.registration.releases import (
    RELEASED,
    before_release_2,
    next_release,
    registration,
    release_2,
    seeded,
)
from tests.registration.test_agenda import s02
from tests.registration.test_api import program
from tests.registration.test_console import signed_in
from tests.registration.test_organisers import LEA

API = "/api/editions/nec-2018/agenda/preview"
CONSOLE = "/console/nec-2018/agenda/preview"
PROGRAMMER = GrantRole(
    email="prog@example.org", given="Paule", family="Roux", role="programme", scope="edition:nec-2018"
)


def body(release: Any) -> Any:
    return json.loads(release.model_dump_json())["changes"]


async def test_the_dry_run_of_release_2_says_what_the_release_then_does() -> None:
    expected = load("expected.yaml")["nec18_story"]["release_2"]
    here = await before_release_2()
    async with here.desk.running():
        api = await program(here)
        rows: list[Any] = []
        after = 0
        while True:
            answer = await api.post(f"{API}?after={after}&limit=200", json=body(release_2()))
            told = answer.json()
            rows += told["registrations"]
            if told["next_after"] is None:
                break
            after = told["next_after"]
        assert told["told"] == len(rows) == expected["attendees_told"]
        assert told["by_session"] == expected["by_session"]
        assert {int(n): count for n, count in told["by_number_of_changes"].items()} == expected["by_number_of_changes"]
        assert (told["bookings_updated"], told["bookings_released"]) == (678, 140)
        assert (told["clash"], told["clash_by_pair"]) == (expected["clash"], expected["clash_by_pair"])
        assert here.facts("agenda.changed.v1") == []

        await here.hear(release_2())
        await here.until(RELEASED)
        facts = {fact["subject"]: fact for fact in here.facts("agenda.changed.v1")}
        assert {row["registration"] for row in rows} == set(facts)
        for row in rows:
            fact = facts[row["registration"]]
            assert (row["changed"], row["released"], row["clashes"]) == (
                fact["changed"],
                fact["released"],
                fact["clashes"],
            )
        progress = (await api.get("/api/editions/nec-2018/agenda")).json()
        assert (progress["release"], progress["done"], progress["told"]) == (None, 2, 540)


async def test_names_are_for_who_may_see_registrations() -> None:
    async with house() as here:
        await here.register(NADIA)
        change = body(next_release(2, (s02(), s02(*AFTERNOON))))
        for api, name in ((await program(here), "Nadia Benali"), (await program(here, role="programme"), None)):
            [row] = (await api.post(API, json=change)).json()["registrations"]
            assert row["name"] == name
            assert row["clashes"] == [["s02", "s07"]]


@pytest.mark.parametrize("role", ["viewer", "desk"])
async def test_a_dry_run_is_for_who_edits_the_programme(role: str) -> None:
    async with house() as here:
        api = await program(here, role=role)
        assert (await api.post(API, json=[])).status_code == 403


@pytest.mark.parametrize("fault", ["twice", "naive", "no list", "nonsense"])
async def test_what_nobody_can_compare_is_refused_in_so_many_words(fault: str) -> None:
    async with house() as here:
        api = await program(here)
        change = body(next_release(2, (s02(), s02(*AFTERNOON))))
        if fault == "twice":
            change *= 2
        elif fault == "naive":
            change[0]["current"]["slot"]["starts_at"] = "2018-09-13T14:00:00"
        elif fault == "no list":
            change = change[0]
        else:
            change[0]["current"]["slot"] = "tomorrow"
        answer = await api.post(API, json=change)
        assert answer.status_code == 422
        assert answer.headers["content-type"].startswith("application/problem+json")


async def test_a_change_of_words_would_tell_nobody() -> None:
    async with house() as here:
        await here.register(NADIA)
        api = await program(here)
        change = body(next_release(2, (s02(), s02(title={"fr": "Autre"}))))
        answer = (await api.post(API, json=change)).json()
        assert (answer["told"], answer["registrations"], answer["next_after"]) == (0, [], None)


async def console(here: House, release: Any, grant: GrantRole = LEA) -> Page:
    """The form as scheduling's page carries it: any page of the console gives a visitor whose token it is."""
    browser = await signed_in(here, grant)
    visited = await browser.client.get("/console/sign-in")
    site_token = token_for(here, browser.client.cookies)
    assert visited.status_code == 200
    fields = {TOKEN: site_token, "changes": json.dumps(body(release))}
    return Page(await browser.client.post(CONSOLE, data=fields))


def token_for(here: House, cookies: Any) -> str:
    header = "; ".join(f"{one.name}={one.value}" for one in cookies.jar)
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": [(b"cookie", header.encode())],
    }
    return Site("colloque.web", SETTINGS, here.clock).token(Request(scope), PreviewAgenda)


async def test_the_console_shows_whom_the_next_release_would_tell() -> None:
    here = await before_release_2()
    async with here.desk.running():
        page = await console(here, release_2())
        assert page.status == 200
        assert "La prochaine version écrirait à 540 personnes inscrites." in page.text.replace("\u00a0", " ")
        assert "678 réservations changent, 140 sont rendues" in page.text.replace("\u202f", " ")
        assert "Communs 5/5 : déployer et faire durer" in page.text.replace("\u00a0", " ")
        assert "/console/nec-2018/registrations/" in page.html
        assert page.html.count("<tr>") == 1 + 4 + 1 + 4 + 1 + 50
        assert here.facts("agenda.changed.v1") == []


async def test_who_only_edits_the_programme_sees_numbers_and_no_names() -> None:
    async with house() as here:
        nadia = await here.register(NADIA)
        page = await console(here, next_release(2, (s02(), s02(*AFTERNOON))), PROGRAMMER)
        assert page.status == 200
        assert "Benali" not in page.text
        assert f"n° {nadia.number}" in page.text.replace("\u00a0", " ")


async def test_a_form_that_nobody_was_given_is_not_answered() -> None:
    async with house() as here:
        browser = await signed_in(here)
        answer = await browser.client.post(CONSOLE, data={"changes": "[]"}, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/nec-2018/releases")


async def test_five_thousand_concerned_are_previewed_in_a_couple_of_seconds() -> None:
    """On a database in memory: what it costs to think, beside which reading comes (see the measures)."""
    people: list[Registration] = [
        registration(f"r{n}", n, "confirmed", ("s06", "s10", "s16")[: 1 + n % 3]) for n in range(1, 5001)
    ]
    here = await seeded(programme(), people)
    async with here.desk.running():
        api = await program(here)
        began = time.perf_counter()
        told = (await api.post(API, json=body(release_2()))).json()["told"]
        assert told == 5000
        assert time.perf_counter() - began < 4
