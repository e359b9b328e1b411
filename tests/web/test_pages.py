"""What every page and every answer has."""

from __future__ import annotations

import logging
import re

import httpx
import pytest

from colloque.runtime.clock import MovedClock
from colloque.web.app import assembled, facts
from colloque.web.i18n import missing, preferred
from colloque.web.site import Site
from tests.web.house import BASE, NOW, open_house, settings

EDITION = "/fr/nec-2018"
PAGES = (EDITION, "/fr/nec-2018/register", "/fr/nowhere", "/fr/nec-2018/rush", "/fr/privacy", "/api/nowhere")


@pytest.mark.parametrize("path", PAGES)
async def test_every_answer_is_strict_about_what_it_may_do(path: str) -> None:
    async with open_house() as house, house.browser() as browser:
        headers = (await browser.get(path)).headers

        policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
        assert headers["x-content-type-options"] == "nosniff"
        assert "camera=()" in headers["permissions-policy"]
        assert "strict-transport-security" not in headers


async def test_over_https_browsers_are_told_to_stay_there() -> None:
    async with open_house(base_url="https://colloque.example") as house, house.browser() as browser:
        assert "max-age=63072000" in (await browser.get(EDITION)).headers["strict-transport-security"]


async def test_a_page_behind_a_link_never_tells_where_one_came_from() -> None:
    async with open_house() as house, house.browser() as browser:
        assert (await browser.get("/fr/registration/abc")).headers["referrer-policy"] == "no-referrer"
        assert (await browser.get("/fr/registration/abc")).headers["cache-control"] == "no-store"
        assert (await browser.get(EDITION)).headers["referrer-policy"] == "same-origin"


async def test_a_public_page_has_a_tag_and_no_cookie_and_is_not_sent_twice() -> None:
    async with open_house() as house, house.browser() as browser:
        first = await browser.get(EDITION)
        again = await browser.get(EDITION, headers={"if-none-match": first.headers["etag"]})
        english = await browser.get("/en/nec-2018", headers={"if-none-match": first.headers["etag"]})

        assert first.headers["cache-control"] == "public, no-cache"
        assert "set-cookie" not in first.headers
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
        assert english.status_code == 200


async def test_a_public_page_travels_packed_to_whoever_can_unpack_it() -> None:
    async with open_house() as house, house.browser() as browser:
        for _ in range(2):
            packed = await browser.get(EDITION, headers={"accept-encoding": "gzip"})
            plain = await browser.get(EDITION, headers={"accept-encoding": "identity"})

            assert packed.headers["content-encoding"] == "gzip"
            assert "content-encoding" not in plain.headers
            assert packed.text == plain.text
            assert packed.headers["vary"] == "accept-encoding"
            assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2


@pytest.mark.parametrize("path", [EDITION, "/fr/nec-2018/register", "/fr/nowhere"])
async def test_asking_for_the_head_only_is_answered_as_for_the_whole(path: str) -> None:
    async with open_house() as house, house.browser() as browser:
        whole, head = await browser.get(path), await browser.head(path)

        assert (head.status_code, head.content) == (whole.status_code, b"")
        assert set(head.headers) == set(whole.headers) - ({"set-cookie"} if "visitor" in browser.cookies else set())
        assert "content-length" in head.headers


async def test_the_stylesheet_is_asked_for_once_and_kept_for_ever() -> None:
    async with open_house() as house, house.browser() as browser:
        [url] = re.findall(r'rel="stylesheet" href="([^"]+)"', (await browser.get(EDITION)).text)
        css = await browser.get(url)

        assert css.headers["content-type"] == "text/css; charset=utf-8"
        assert "immutable" in css.headers["cache-control"]
        assert len(css.content) <= 20_000
        assert (await browser.get("/static/colloque.000000000000.css")).status_code == 404
        assert (await browser.get("/static/..%2fsite.py")).status_code == 404


async def test_a_page_asks_nothing_of_anybody_else_and_holds_no_style_or_script_of_its_own() -> None:
    async with open_house() as house, house.browser() as browser:
        for path in (*PAGES[:5], "/fr/registration/abc"):
            text = (await browser.get(path)).text
            assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=", text), path
            assert not re.search(r'(?:src|href|action)="(?:https?:)?//(?!127\.0\.0\.1)', text), path
            assert len(text) < 60_000


async def test_the_head_leads_to_the_same_page_in_the_other_language() -> None:
    async with open_house() as house, house.browser() as browser:
        page = await browser.get("/fr/nec-2018?from=a&x=<b>")
        assert '<a href="/en/nec-2018?from=a&amp;x=%3Cb%3E" lang="en" hreflang="en">English</a>' in page.text
        assert page.text.startswith('<!doctype html>\n<html lang="fr">')
        assert (await browser.get("/en/nec-2018")).text.startswith('<!doctype html>\n<html lang="en">')


async def test_a_page_says_who_to_ask_and_that_its_data_are_invented() -> None:
    async with open_house() as house, house.browser() as browser:
        text = (await browser.get(EDITION)).text
        assert '<a class="skip" href="#contenu">Aller au contenu</a>' in text
        assert "Données de démonstration." in text
        assert 'href="tel:0261910018"' in text
        assert '<a href="/fr/nec-2018" aria-current="page">' in text
        assert "maison@colloque.example" in (await browser.get("/fr/privacy")).text


@pytest.mark.parametrize(
    ("accepts", "lang"),
    [("en-GB,en;q=0.9,fr;q=0.8", "en"), ("de,fr;q=0.5,en;q=0.4", "fr"), ("de", "fr"), ("", "fr"), (None, "fr"),
     ("en;q=0", "fr"), ("en;q=x,,;;", "fr"), ("fr;q=0.1, en", "en")],
)  # fmt: skip
async def test_the_front_door_leads_to_the_language_a_browser_prefers(accepts: str | None, lang: str) -> None:
    assert preferred(accepts) == lang
    async with open_house() as house, house.browser() as browser:
        answer = await browser.get("/", headers={"accept-language": accepts or ""})
        assert (answer.status_code, answer.headers["location"]) == (302, f"/{lang}/")


async def test_what_is_not_there_says_so_in_the_language_of_the_path() -> None:
    async with open_house() as house, house.browser() as browser:
        french, english = await browser.get("/fr/nec-2018/nothing"), await browser.get("/en/nothing-2018")

        assert (french.status_code, english.status_code) == (404, 404)
        assert "Cette page n’est pas ici" in french.text
        assert "This page is not here" in english.text
        for odd in ("/xx/nec-2018", "/fr/NEC 2018", "/fr/confirm", "/fr/nec-2018/register/more"):
            assert (await browser.get(odd)).status_code == 404


async def test_what_is_not_there_in_an_edition_has_the_head_of_the_edition() -> None:
    async with open_house() as house, house.browser() as browser:
        for path in ("/fr/nec-2018/nothing", "/fr/nec-2018/register/more", "/fr/nec-2018/a/b/c"):
            page = (await browser.get(path)).text
            assert 'class="brand" href="/fr/nec-2018">NEC18 Nantes</a>' in page
            assert "nec18@colloque.example" in page
        shut = await browser.post("/fr/nec-2018/programme")
        assert shut.status_code in (404, 405)
        assert "NEC18 Nantes" in shut.text
        for path in ("/fr/nec-2019/nothing", "/fr/confirm/nothing", "/fr/", "/nothing"):
            assert "NEC18 Nantes" not in (await browser.get(path, follow_redirects=False)).text


async def test_a_refusal_without_a_form_says_why_in_the_rooms_words() -> None:
    async with open_house() as house, house.browser() as browser:
        page = await browser.get("/fr/nec-2018/full")
        assert page.status_code == 409
        assert "<h1>C’est complet</h1>" in page.text
        assert "Les 850 places sont prises." in page.text
        assert 'href="tel:0261910018"' in page.text


async def test_a_bug_is_answered_without_details_and_logged_without_what_people_gave(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.ERROR)
    async with open_house() as house, house.browser() as browser:
        page = await browser.get("/fr/nec-2018/bug")
        await house.grant("p-lea", "viewer", "house")
        token = await house.token("p-lea", "viewer", "house", "shown")
        answer = await browser.get("/api/editions/nec-2018/bug", headers=token)

        assert (page.status_code, answer.status_code) == (500, 500)
        assert "amina" not in page.text + answer.text + caplog.text
        assert "KeyError" not in page.text + answer.text
        shown = re.search(r"la référence ([0-9a-f]{16})", page.text)
        assert shown is not None
        assert shown.group(1) == caplog.records[0].__dict__["story"]
        assert answer.json()["story"] == caplog.records[1].__dict__["story"]
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_problem_says_which_rule_and_its_type_can_be_looked_up() -> None:
    async with open_house() as house, house.browser() as client:
        await house.grant("p-lea", "desk", "house")
        token = await house.token("p-lea", "desk", "house", "shown")
        body = {"email": "a@example.org", "given": "Plein"}
        full = await client.post("/api/editions/nec-2018/notes", json=body, headers=token)

        assert full.status_code == 409
        assert full.json() == {
            "type": "http://127.0.0.1:8000/problems/full", "title": "Full", "status": 409,
            "detail": "there is no room for another note", "objects": ["edition/nec-2018"], "field": "meal",
        }  # fmt: skip
        page = await client.get("/problems/full")
        assert (page.status_code, "full" in page.text) == (200, True)
        assert (await client.get("/problems/<x>")).status_code == 404


async def test_a_body_of_the_wrong_shape_is_told_where_and_not_repeated() -> None:
    async with open_house() as house, house.browser() as client:
        await house.grant("p-lea", "desk", "house")
        token = await house.token("p-lea", "desk", "house", "shown")
        wrong = await client.post("/api/editions/nec-2018/notes", json={"email": 123456789}, headers=token)

        assert wrong.status_code == 422
        assert [error["field"] for error in wrong.json()["errors"]] == ["email", "given"]
        assert "123456789" not in wrong.text


async def test_the_api_describes_its_problems_and_its_key() -> None:
    async with open_house() as house, house.browser() as client:
        described = (await client.get("/api/openapi.json")).json()
        [path] = [path for path in described["paths"] if path.endswith("/notes")]
        operation = described["paths"][path]["post"]

        assert {"400", "401", "403", "409", "422", "429", "503"} <= set(operation["responses"])
        assert "application/problem+json" in operation["responses"]["409"]["content"]
        assert [given["name"] for given in operation["parameters"]] == ["edition", "Idempotency-Key"]
        assert operation["security"] == [{"HTTPBearer": []}]
        assert not [path for path in described["paths"] if not path.startswith("/api/")]


async def test_what_a_path_offers_is_said_whole_when_it_is_asked_otherwise() -> None:
    async with open_house() as house, house.browser() as client:
        for path, offered in (("/fr/nec-2018/register", "GET, POST"), ("/api/editions/nec-2018/notes", "POST")):
            refused = await client.delete(path)
            assert (refused.status_code, refused.headers["allow"]) == (405, offered)


async def test_the_catalogue_describes_what_it_answers_for_a_fact_that_is_not() -> None:
    app = assembled([facts([])], Site("colloque.web", settings(), MovedClock(NOW)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
        answer = await client.get("/api/schemas/nothing.v1")
        described = (await client.get("/api/openapi.json")).json()["paths"]["/api/schemas/{name}"]["get"]["responses"]
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
        assert "application/problem+json" in described["404"]["content"]


def test_every_word_of_the_house_is_said_in_english() -> None:
    assert missing("colloque.web") == []
