"""The console's pages of mails and the API's, asked over HTTP."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape

import httpx
from starlette.responses import Response

from colloque.contracts.registration import OrganiserGranted, TokenIssued
from colloque.runtime.mailer.port import Deferred, Failed
from colloque.web.app import assembled
from colloque.web.i18n import missing
from colloque.web.rights import hashed
from colloque.web.sessions import Sessions
from colloque.web.site import Site
from tests.notifications.house import NOW, SETTINGS, House, confirmed, house, submitted
from tests.notifications.post_office import until

GRANTED = OrganiserGranted(subject="lea", at=NOW, role="desk", scope="edition:nec-2018", generation=1)
VIEWER = OrganiserGranted(subject="max", at=NOW, role="viewer", scope="edition:nec-2018", generation=1)
TOKEN = TokenIssued(subject="lea", at=NOW, token="t1", hash=hashed("the token"), role="desk", scope="edition:nec-2018")


@asynccontextmanager
async def browser(one: House, organiser: str = "lea") -> AsyncIterator[httpx.AsyncClient]:
    """Somebody signed in, on the room mounted alone."""
    app = assembled(one.room.routers, Site("colloque_notifications", SETTINGS, one.clock))
    signed = Response()
    Sessions(SETTINGS, one.clock).open(signed, organiser, 1)
    name, _, value = signed.headers["set-cookie"].split(";")[0].partition("=")
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=SETTINGS.base_url, cookies={name: value}) as client:
        yield client


def words(page: httpx.Response) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.text)))


async def test_the_list_shows_masked_addresses_and_states_in_words() -> None:
    async with house() as one:
        await one.hear(GRANTED)
        await one.send(submitted())
        one.mailer.answers["nadia.benali@example.org"] = Failed(550, "User unknown")
        await one.send(confirmed())
        async with browser(one) as lea:
            page = await lea.get("/console/nec-2018/mails")
        assert page.status_code == 200
        said = words(page)
        assert "n…i@example.org" in said
        assert "nadia" not in page.text.lower()
        assert "Tous (2)" in said
        assert "Rejetés (1)" in said
        assert "adresse refusée" in said


async def test_filters_show_what_they_name_and_nothing_else() -> None:
    async with house() as one:
        await one.hear(GRANTED)
        await one.send(*(submitted(subject=f"r{i}") for i in range(3)))
        await one.send(confirmed())
        async with browser(one) as lea:
            by_template = await lea.get("/console/nec-2018/mails?template=registration_confirmed")
            by_state = await lea.get("/console/nec-2018/mails?state=failed")
        assert by_template.text.count('<th scope="row">') == 1
        assert by_state.text.count('<th scope="row">') == 0
        assert "Aucun courriel dans cet état" in words(by_state)


async def test_pages_follow_one_another_and_miss_no_mail() -> None:
    async with house() as one:
        await one.hear(GRANTED)
        await one.send(*(submitted(subject=f"r{i:03}") for i in range(120)))
        async with browser(one) as lea:
            seen, path = list[str](), "/console/nec-2018/mails"
            while path:
                page = (await lea.get(path)).text
                seen += re.findall(r'<th scope="row"><a href="/console/nec-2018/mails/([^"]+)"', page)
                found = re.search(r'href="([^"]+)" rel="next"', page)
                path = unescape(found.group(1)) if found else ""
        assert len(seen) == 120
        assert set(seen) == {mail.id for mail in one.mails}


async def test_one_mail_shows_its_path_and_the_words_of_the_server() -> None:
    async with house() as one:
        await one.hear(GRANTED)
        one.mailer.answers["nadia.benali@example.org"] = Deferred(451, "4.7.1 Greylisted")
        await one.hear(confirmed())
        await until(lambda: one.mails[0].attempts == 1)
        async with browser(one) as lea:
            page = await lea.get(f"/console/nec-2018/mails/{one.mails[0].id}")
            assert "451 4.7.1 Greylisted" in words(page)
            assert "serveur occupé" in words(page)
            assert f'href="/console/nec-2018/traces/{one.mails[0].story}"' in page.text
            assert (await lea.get("/console/nec-2018/mails/unknown")).status_code == 404


async def test_only_the_desk_of_the_edition_sees_its_mails() -> None:
    async with house() as one:
        await one.hear(VIEWER)
        async with browser(one, "max") as max_:
            assert (await max_.get("/console/nec-2018/mails")).status_code == 403


async def test_the_api_gives_references_only() -> None:
    async with house() as one:
        await one.hear(GRANTED, TOKEN)
        await one.send(submitted())
        async with browser(one) as lea:
            without = await lea.get("/api/editions/nec-2018/mails")
            answer = await lea.get("/api/editions/nec-2018/mails", headers={"authorization": "Bearer the token"})
            wrong = await lea.get(
                "/api/editions/nec-2018/mails?state=lost", headers={"authorization": "Bearer the token"}
            )
        assert (without.status_code, wrong.status_code) == (401, 422)
        body = answer.json()
        assert (body["total"], body["states"]["sent"], body["before"]) == (1, 1, None)
        assert body["mails"][0]["person"] == "nadia"
        assert "example.org" not in answer.text


def test_every_word_of_the_pages_is_there_in_english() -> None:
    assert missing("colloque_notifications") == []
