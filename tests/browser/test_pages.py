"""Every page there is, in a browser: nothing in anybody's way, out of the window, or from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, Route

from colloque.web.routes import Route as Row
from colloque.web.routes import load
from tests.browser.conftest import apart
from tests.browser.looking import SPACED, clipped, overflow, window
from tests.browser.town import Town
from tests.web.house import open_house

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

KEY = ("home", "edition", "programme", "session", "form", "form en", "mine confirmed", "mine odd", "ticket", "produced")
LIMIT = 60_000
TABLE = load(Path(__file__).parents[2] / "deploy" / "routes.yaml")

# A mail is no page of the site: it has no landmarks, and is judged by the criteria alone.
CRITERIA = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


async def _in_trouble() -> dict[str, str]:
    """What a rush and a refusal look like, from a room that can be made to have them."""
    async with open_house() as house, house.browser() as browser:
        told = {"busy": await browser.get("/fr/nec-2018/rush"), "busy en": await browser.get("/en/nec-2018/rush")}
        return {f"/made/{name.replace(' ', '-')}": page.text for name, page in told.items()}


@pytest.fixture(scope="module")
def trouble() -> dict[str, str]:
    return apart(_in_trouble())


class Tour:
    """Goes to every page of the town in one window."""

    def __init__(self, page: Page, town: Town, trouble: dict[str, str] | None = None) -> None:
        self.page, self.town, self.trouble = page, town, trouble or {}

    def __iter__(self) -> Iterator[str]:
        for name, path in self.town.pages.items():
            self.page.goto(self.town.house.url + path)
            yield name
        for path, body in self.trouble.items():
            self.page.route(f"**{path}", partial(_fulfil, body))
            self.page.goto(self.town.house.url + path)
            yield path
        url = self.town.house.url
        self.page.goto(f"{url}{self.town.pages['form']}")
        self.page.get_by_label("Adresse de courriel").fill("amina@example")
        self.page.get_by_label("Une autre personne").check()
        self.page.get_by_role("button", name="Envoyer ma demande").click()
        self.page.get_by_role("alert").wait_for()
        self.page.wait_for_load_state()
        yield "form with errors"
        self.page.context.add_cookies(
            [{"name": name, "value": value, "url": url} for name, value in self.town.cookies.items()]
        )
        for name, path in self.town.console.items():
            self.page.goto(url + path)
            yield f"console: {name}"
        self.page.goto(url + self.town.console["registrations"])
        self.page.get_by_label("Nom ou courriel").fill("personne de ce nom")
        self.page.get_by_role("button", name="Chercher").click()
        self.page.get_by_text("Personne ne répond").wait_for()
        self.page.wait_for_load_state()
        yield "console: nobody found"
        self.page.goto(url + self.town.console["releases to make"])
        self.page.get_by_role("button", name="Voir qui serait prévenu").click()
        self.page.get_by_role("heading", name="Qui serait prévenu", exact=True).wait_for()
        self.page.wait_for_load_state()
        yield "console: dry run"
        self.page.goto(url + self.town.console["session to move"])
        self.page.get_by_label("Places").fill("beaucoup")
        self.page.get_by_role("button", name="Enregistrer").click()
        self.page.get_by_role("alert").wait_for()
        self.page.wait_for_load_state()
        yield "console: session with errors"
        self.page.goto(url + self.town.console["put ahead"])
        self.page.get_by_role("button", name="Faire passer devant").click()
        self.page.get_by_role("alert").wait_for()
        self.page.wait_for_load_state()
        yield "console: put ahead with errors"


def _fulfil(body: str, route: Route) -> None:
    route.fulfill(status=503, content_type="text/html; charset=utf-8", body=body)


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_axe_finds_nothing_and_nothing_leaves_the_window(
    chromium: Browser, town: Town, trouble: dict[str, str], width: int, scheme: str
) -> None:
    wrong: dict[str, object] = {}
    with window(chromium, town, width, color_scheme=scheme, bypass_csp=True) as page:
        for name in Tour(page, town, trouble):
            mail = name.startswith("mail ") and name != "mail shown"
            found = Axe().run(page, options={"resultTypes": ["violations"], **(CRITERIA if mail else {})})
            said = [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found.response["violations"]]
            if said:
                wrong[name] = said
            if (over := overflow(page)) > 0:
                wrong[f"{name}, wide"] = over
    assert wrong == {}


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (320, "dark"), (1280, "light"), (390, "dark")])
def test_the_pages_that_everybody_sees_hold_at_other_sizes_too(
    chromium: Browser, town: Town, width: int, scheme: str
) -> None:
    wrong: dict[str, object] = {}
    with window(chromium, town, width, color_scheme=scheme, bypass_csp=True) as page:
        for name in KEY:
            page.goto(town.house.url + town.pages[name])
            found = Axe().run(page)
            if found.violations_count:
                wrong[name] = [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found.response["violations"]]
            if (over := overflow(page)) > 0:
                wrong[f"{name}, wide"] = over
    assert wrong == {}


def test_nothing_is_lost_when_a_reader_spaces_the_text_or_doubles_it(chromium: Browser, town: Town) -> None:
    wrong: dict[str, object] = {}
    with window(chromium, town, 640, bypass_csp=True) as page:  # 1280 at 200 %
        for name in Tour(page, town):
            if name.startswith("mail "):
                continue
            if (over := overflow(page)) > 0:
                wrong[f"{name}, doubled"] = over
            page.add_style_tag(content=SPACED)
            if (over := overflow(page)) > 0:
                wrong[f"{name}, spaced"] = over
            if cut := clipped(page):
                wrong[f"{name}, cut"] = cut
    assert wrong == {}


def test_every_page_that_the_table_of_routes_names_is_among_those_looked_at(town: Town) -> None:
    """Whoever adds a page and forgets it here is told."""
    pages = {route.path for route in TABLE.routes if "GET" in route.methods and _is_page(route)}
    looked_at = {_route_of(urlsplit(path).path) for path in (*town.pages.values(), *town.console.values())}
    assert pages - looked_at == set()


def _is_page(route: Row) -> bool:
    return (
        route.who != "inside"
        and route.path != "/"
        and not route.path.startswith(("/api/", "/static/"))
        and not re.search(r"\.(ics|json|xml)$", route.path)
    )


def _route_of(path: str) -> str:
    """Of those that fit, the one with the fewest names in braces."""
    fitting = [one.path for one in TABLE.routes if re.fullmatch(re.sub(r"{\w+}", "[^/]+", one.path), path)]
    return min(fitting, key=lambda one: one.count("{"), default="")


def test_in_english_the_console_is_there_too(chromium: Browser, town: Town) -> None:
    wrong: dict[str, object] = {}
    with window(chromium, town, 390, signed_in=True, bypass_csp=True) as page:
        page.goto(town.house.url + town.console["editions"])
        page.get_by_role("button", name="English").click()
        page.wait_for_load_state()
        for name, path in town.console.items():
            page.goto(town.house.url + path)
            if (said := page.evaluate("document.documentElement.lang")) != "en":
                wrong[f"{name}, language"] = said
            if (over := overflow(page)) > 0:
                wrong[f"{name}, wide"] = over
            if cut := clipped(page):
                wrong[f"{name}, cut"] = cut
    assert wrong == {}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_menu_of_the_console_is_one_line_on_a_desk(chromium: Browser, town: Town, language: str) -> None:
    with window(chromium, town, cookies={**town.cookies, "lang": language}) as page:
        page.goto(town.house.url + town.console["desk"])
        tops = {round(one.bounding_box()["y"]) for one in page.locator(".desk .nav > li").all()}  # type: ignore[index]
        assert len(tops) == 1


@pytest.mark.parametrize("signed_in", [False, True], ids=["public", "console"])
def test_a_page_is_light_and_asks_nothing_of_anybody_else(chromium: Browser, town: Town, signed_in: bool) -> None:
    weights, elsewhere, complaints = {}, [], []
    for name, path in (town.console if signed_in else town.pages).items():
        if path.startswith("/dev/"):
            continue
        with window(chromium, town, signed_in=signed_in) as page:
            asked: list[int] = []
            page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
            page.on("requestfinished", partial(_weighed, asked))
            page.on("request", lambda request: elsewhere.append(request.url) if not _home(request.url, town) else None)
            page.goto(town.house.url + path, wait_until="networkidle")
            weights[name] = sum(asked)
    assert elsewhere == []
    assert {name: weight for name, weight in weights.items() if not 0 < weight < LIMIT} == {}
    assert [said for said in complaints if "404" not in said and "410" not in said] == []


def _weighed(asked: list[int], request: Request) -> None:
    asked.append(request.sizes()["responseBodySize"])


def _home(url: str, town: Town) -> bool:
    return url.startswith((f"{town.house.url}/", "data:"))


def test_every_page_says_its_language_its_title_and_what_it_is_about_once(chromium: Browser, town: Town) -> None:
    wrong: dict[str, object] = {}
    titles: dict[str, str] = {}
    with window(chromium, town) as page:
        for name in Tour(page, town):
            if name.startswith("mail "):
                continue
            said = page.evaluate(
                "() => ({ lang: document.documentElement.lang, title: document.title,"
                " h1: document.querySelectorAll('h1').length, main: document.querySelectorAll('main').length,"
                " robots: document.querySelector('meta[name=robots]')?.content ?? '' })"
            )
            english = name.endswith(" en")
            if (said["h1"], said["main"], said["lang"]) != (1, 1, "en" if english else "fr") or not said["title"]:
                wrong[name] = said
            titles[name] = said["title"]
            private = name.split()[0] in (
                "mine",
                "ticket",
                "confirm",
                "cancel",
                "expired",
                "invitation",
                "enter",
                "console:",
                "sign-in",
            )
            if private and "noindex" not in said["robots"]:
                wrong[f"{name}, found by robots"] = said["robots"]
    assert wrong == {}
    assert titles["form with errors"].startswith("Erreur")


def test_a_ticket_prints_on_one_page_with_its_code_and_without_the_site(chromium: Browser, town: Town) -> None:
    with window(chromium, town) as page:
        page.goto(town.house.url + town.pages["ticket"])
        printed = page.pdf(format="A4")
        page.emulate_media(media="print")
        assert page.locator(".ticket svg, .ticket img").first.is_visible()
        assert not page.locator("header").first.is_visible()
        assert not page.locator("footer").first.is_visible()
    assert printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") <= 1 or b"/Count 1" in printed
