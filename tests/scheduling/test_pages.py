"""The public pages and the console, as a browser is given them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from itertools import product
from typing import Any

import pytest

from colloque.contracts.registration import PlacesChanged, SeatsChanged
from colloque.runtime import reads
from colloque.web.i18n import missing
from colloque_scheduling.domain.programme.release import Programme
from colloque_scheduling.pages import console
from tests.scheduling import nec18
from tests.scheduling.house import House, nec18_as, opened

NEC = "/api/editions/nec-2018"
PAGES = ("", "/programme", "/programme?day=2018-09-13", "/programme?track=lieux", "/sessions/s03", "/practical")


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with nec18_as("planned") as house:
        yield house


@pytest.fixture
async def released() -> AsyncIterator[House]:
    async with nec18_as("released") as house:
        yield house


class Text(HTMLParser):
    """What is read of a page, and what links it has."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.lang: str | None = None
        self._hidden = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self._hidden = self._hidden or tag in ("script", "style")
        if tag == "html":
            self.lang = told.get("lang")
        if tag == "a" and (href := told.get("href")):
            self.links.append(href)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._hidden = False

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"[\s\u00a0\u202f]+", " ", " ".join(self.words))


async def read(house: House, path: str) -> Text:
    answer = await house.web.get(path)
    assert answer.status_code == 200, answer.text
    return Text(answer.text)


def test_every_word_is_said_in_english_too() -> None:
    assert missing("colloque_scheduling") == []


async def test_a_page_speaks_its_language_is_light_and_asks_nobody_else(released: House) -> None:
    for lang, page in product(("fr", "en"), PAGES):
        answer = await released.web.get(f"/{lang}/nec-2018{page}")

        assert (answer.status_code, answer.headers["content-language"]) == (200, lang)
        assert len(answer.content) < 60_000
        seen = Text(answer.text)
        assert seen.lang == lang
        assert not re.findall(r"<(?:img|iframe|link)[^>]*(?:src|href)=\"(?:https?:)?//(?!house\.example)", answer.text)
        assert "style=" not in answer.text
        assert not re.findall(r"<script(?! type=\"application/ld\+json\")", answer.text)
        other = {"fr": "en", "en": "fr"}[lang]
        assert f"/{other}/nec-2018{page}" in seen.links


# ---- asked again
async def test_a_page_that_has_not_changed_is_not_sent_again(released: House) -> None:
    for page in ("/fr/", *(f"/fr/nec-2018{page}" for page in PAGES)):
        first = await released.web.get(page)

        again = await released.web.get(page, headers={"if-none-match": first.headers["etag"]})

        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
        assert first.headers["cache-control"] == "public, no-cache"


async def test_a_release_and_a_language_make_another_page(released: House) -> None:
    tags = {(await released.web.get(f"/{lang}/nec-2018/programme")).headers["etag"] for lang in ("fr", "en")}
    assert len(tags) == 2

    await released.web.patch(f"{NEC}/sessions/s12", json={"room": "audito"})
    assert (await released.web.get("/fr/nec-2018/programme")).headers["etag"] in tags
    await released.release()
    changed = await released.web.get("/fr/nec-2018/programme", headers={"if-none-match": ", ".join(tags)})

    assert changed.status_code == 200
    assert "Nouvelle salle" in changed.text
    assert changed.headers["etag"] not in tags


async def test_a_draft_shows_nothing_before_its_release(house: House) -> None:
    await house.fill_nec18()

    page = await read(house, "/fr/nec-2018/programme")

    assert "Le programme se prépare" in page.text
    assert "Hybrider" not in page.text
    assert (await house.web.get("/fr/nec-2018/sessions/s05")).status_code == 404


async def test_an_edition_that_is_not_announced_is_not_there(house: House) -> None:
    await house.post("/api/editions", nec18.edition(id="nec-2019", code="NEC19"))

    for page in ("", *PAGES[1:]):
        answer = await house.web.get(f"/fr/nec-2019{page}")
        assert answer.status_code == 404
        assert "NEC19" not in answer.text
    assert "NEC19" not in (await house.web.get("/fr/")).text


# ---- the programme
async def test_the_programme_stands_by_day_and_by_hour(released: House) -> None:
    page = await released.web.get("/fr/nec-2018/programme")

    days = re.findall(r'<h2 class="day" id="d([\d-]+)">', page.text)
    assert days == ["2018-09-13", "2018-09-14"]
    hours = [hour.replace("\u00a0", " ") for hour in re.findall(r'<span class="big">([^<]+)</span>', page.text)]
    assert hours == ["9 h 30", "11 h", "14 h", "16 h", "9 h 30", "11 h 30", "14 h 30", "16 h"]
    sessions = re.findall(r'href="/fr/nec-2018/sessions/(s\d\d)"', page.text)
    assert sessions == [f"s{n:02}" for n in range(1, 19)]


async def test_a_day_and_a_track_narrow_it(released: House) -> None:
    page = await read(released, "/fr/nec-2018/programme?day=2018-09-14&track=communs")

    listed = [link for link in page.links if "/sessions/" in link]
    assert listed == ["/fr/nec-2018/sessions/s13", "/fr/nec-2018/sessions/s16"]
    assert "Jeudi 13 septembre 2018" not in page.text


NONSENSE = (
    "day=2018-09-15",
    "day=soon",
    "day[$ne]=x&day=%00",
    "track=lune",
    "track=%3Cscript%3E",
    "track=" + "x" * 5000,
)


async def test_a_filter_that_means_nothing_is_no_page(released: House) -> None:
    for query in NONSENSE:
        answer = await released.web.get(f"/fr/nec-2018/programme?{query}", follow_redirects=True)

        assert answer.status_code == 404


ADDRESSES = {
    "utm_source=letter": "",
    "track=lieux&utm_source=letter": "?track=lieux",
    "track=lieux&day=2018-09-13": "?day=2018-09-13&track=lieux",
    "day=&track=lieux": "?track=lieux",
    "day=2018-09-14&day=2018-09-13": "?day=2018-09-13",
    "day[$ne]=x": "",
}


async def test_a_page_has_one_address(released: House) -> None:
    """However many addresses are made up, no more pages are kept than there are."""
    for asked, plain in ADDRESSES.items():
        answer = await released.web.get(f"/fr/nec-2018/programme?{asked}")

        assert (answer.status_code, answer.headers["location"]) == (302, f"/fr/nec-2018/programme{plain}")
        assert (await released.web.get(answer.headers["location"])).status_code == 200


async def test_a_cancelled_session_says_so_and_why(released: House) -> None:
    await released.post(f"{NEC}/sessions/s16/cancel", {"reason": {"fr": "Intervenant empêché", "en": "Speaker unable"}})
    await released.release()

    programme, session = (
        await read(released, "/fr/nec-2018/programme"),
        await read(released, "/en/nec-2018/sessions/s16"),
    )

    assert "Annulée Intervenant empêché" in programme.text
    assert "This session is cancelled Speaker unable" in session.text
    assert "Register" not in session.text.split("This session is cancelled")[1].split("A question")[0]


async def test_nobody_is_named_before_they_have_confirmed(released: House) -> None:
    session = await read(released, "/fr/nec-2018/sessions/s01")

    assert "2 intervenants à confirmer" in session.text
    assert "lea-martin" not in (await released.web.get("/fr/nec-2018/sessions/s01")).text
    assert "1 intervenant" not in (await read(released, "/fr/nec-2018/sessions/s07")).text
    assert "intervenant à confirmer" in (await read(released, "/fr/nec-2018/sessions/s07")).text


async def test_what_organisers_write_is_shown_as_text(house: House) -> None:
    nasty = "<img src=x onerror=alert(1)> </script> {{ 7*7 }} %(n)s"
    body = nec18.session("s02", title={"fr": nasty}, abstract={"fr": nasty})
    assert (await house.post(f"{NEC}/sessions", body)).status_code == 201
    await house.release()

    for path in ("/fr/nec-2018/programme", "/fr/nec-2018/sessions/s02", "/en/nec-2018/sessions/s02"):
        answer = await house.web.get(path)
        assert "<img src=x" not in answer.text
        assert answer.text.count("</script>") == answer.text.count("<script")
        assert "{{ 7*7 }} %(n)s" in Text(answer.text).text


# ---- the edition in its states
async def words_of(house: House) -> str:
    return (await read(house, "/fr/nec-2018")).text


async def test_the_edition_says_where_it_stands(released: House) -> None:
    assert "Les inscriptions sont ouvertes" in await words_of(released)
    assert "jusqu’au mercredi 12 septembre 2018 à 20 h (heure de Paris)" in await words_of(released)

    await released.post(f"{NEC}/close-registration")
    assert "Les inscriptions sont closes" in await words_of(released)
    await released.until(nec18.wall("2018-09-13T10:00"))
    assert "L’édition a lieu en ce moment" in await words_of(released)
    await released.until(nec18.wall("2018-09-16T10:00"))
    assert "C’était les 13 et 14 septembre 2018" in await words_of(released)


async def free(house: House, at_least: int, session: str = "") -> None:
    """What the registration room says of it."""
    now = house.clock.now()
    if session:
        await house.desk.hear(SeatsChanged(subject="nec-2018", at=now, session=session, seats=40, at_least=at_least))
    else:
        await house.desk.hear(PlacesChanged(subject="nec-2018", at=now, capacity=850, at_least=at_least))


async def test_an_edition_says_how_much_is_left_and_when_nothing_is(released: House) -> None:
    first = await released.web.get("/fr/nec-2018")

    await free(released, 100)
    assert "encore au moins 100 places sur 850" in await words_of(released)
    await free(released, 1)
    words = await words_of(released)
    assert "Dernières places" in words
    assert "Il reste quelques places sur 850." in words
    await free(released, 0)
    full = await released.web.get("/fr/nec-2018", headers={"if-none-match": first.headers["etag"]})
    assert full.status_code == 200
    words = Text(full.text).text
    assert "C’est complet" in words
    assert "0 place sur 850" in words
    assert "Rejoindre la liste d’attente" in words
    assert "Les inscriptions sont ouvertes" not in words
    assert "schema.org/SoldOut" in full.text
    assert "Complet" in (await read(released, "/fr/")).text
    await free(released, 1)
    assert "C’est complet" not in await words_of(released)
    assert "Complet" not in (await read(released, "/fr/")).text


async def test_a_session_says_that_it_is_full_and_nobody_can_choose_it(released: House) -> None:
    before = await released.web.get("/fr/nec-2018/programme")
    await free(released, 0, "s02")
    await free(released, 1, "s03")

    programme = await released.web.get("/fr/nec-2018/programme", headers={"if-none-match": before.headers["etag"]})
    full, scarce = await read(released, "/fr/nec-2018/sessions/s02"), await read(released, "/en/nec-2018/sessions/s03")

    assert programme.status_code == 200
    assert Text(programme.text).text.count("Complet") == 1
    assert "dernières places sur" in Text(programme.text).text
    assert "Cette session est complète" in full.text
    assert "Choisir cette session" not in full.text
    assert "A few of" in scarce.text
    assert "places are left" in scarce.text
    await free(released, 1, "s02")
    assert "Cette session est complète" not in (await read(released, "/fr/nec-2018/sessions/s02")).text


async def test_before_the_opening_it_says_when(house: House) -> None:
    assert "Les inscriptions ouvrent le 20 juin" in await words_of(house)
    assert "mercredi 20 juin 2018 à 8 h" in await words_of(house)

    await house.web.patch(NEC, json={"opens_at": None})
    assert "Les inscriptions ne sont pas encore ouvertes" in await words_of(house)


async def test_put_off_it_says_why_and_until_when(house: House) -> None:
    await house.post(f"{NEC}/postpone", {"reason": {"fr": "Le bâtiment est inondé."}})
    words = await words_of(house)
    assert "L’événement est reporté Les nouvelles dates paraîtront ici. Le bâtiment est inondé." in words

    await house.web.patch(NEC, json={"starts_on": "2018-11-08", "ends_on": "2018-11-09"})
    assert "Les nouvelles dates : 8 et 9 novembre 2018" in await words_of(house)


async def test_called_off_it_says_so_and_stays(house: House) -> None:
    await house.post(f"{NEC}/cancel", {"reason": {"fr": "Tempête."}})

    assert "L’événement est annulé Tempête." in await words_of(house)
    assert "Annulée" in (await read(house, "/fr/")).text


async def test_the_first_page_lists_what_is_announced_the_latest_first(released: House) -> None:
    later = nec18.edition(id="nec-2019", code="NEC19", title={"fr": "Numérique en Commun[s] 2019"})
    later.update(starts_on="2019-10-17", ends_on="2019-10-18")
    assert (await released.post("/api/editions", later)).status_code == 201
    await released.post("/api/editions/nec-2019/announce")

    page = await read(released, "/fr/")

    assert [link for link in page.links if re.fullmatch(r"/fr/nec-\d+", link)] == ["/fr/nec-2019", "/fr/nec-2018"]


async def test_practical_information_is_there_in_easy_french_too(released: House) -> None:
    french, english = await read(released, "/fr/nec-2018/practical"), await read(released, "/en/nec-2018/practical")

    assert "C’est une rencontre sur le numérique." in french.text
    assert "Tram line 1 to Chantiers Navals" in english.text
    assert "Facile à lire" in english.text


async def test_other_programs_read_the_same_in_schema_org(released: House) -> None:
    def data(page: str) -> dict[str, Any]:
        [block] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
        return dict(json.loads(block))

    edition = data((await released.web.get("/en/nec-2018")).text)
    session = data((await released.web.get("/fr/nec-2018/sessions/s03")).text)

    assert (edition["@type"], edition["startDate"], edition["location"]["address"]["addressLocality"]) == (
        "Event",
        "2018-09-13",
        "Nantes",
    )
    assert session["startDate"] == "2018-09-13T09:00:00+00:00"
    assert session["superEvent"]["@id"] == "http://house.example/fr/nec-2018"


# ---- what it costs
async def test_a_page_of_300_sessions_is_made_once_and_then_handed_out(house: House) -> None:
    """And the programme is not read again for it."""
    for n in range(300):
        hour = {"starts_at": f"2018-09-13T{n // 15:02}:00", "ends_at": f"2018-09-13T{n // 15 + 1:02}:00"}
        room = f"r{n % 15}"
        if n < 15:
            await house.web.put(f"{NEC}/rooms/{room}", json={"name": f"Salle {n}", "capacity": 50})
        body = nec18.session("s02", id=f"x{n}", room=room, slot=hour, seats=9)
        assert (await house.post(f"{NEC}/sessions", body)).status_code == 201
    await house.release()
    await house.web.get("/fr/nec-2018/programme")

    reads = house.store.trips["fetch"]
    started = time.process_time()
    for _ in range(100):
        assert (await house.web.get("/fr/nec-2018/programme")).status_code == 200
    spent = time.process_time() - started

    assert len(house.docs(Programme)["nec-2018"].sessions) == 300
    assert house.store.trips["fetch"] - reads <= 2
    assert spent / 100 < 0.010, "with the client's own share in it"


# ---- the console
async def test_the_console_shows_the_draft_and_what_to_look_at(released: House) -> None:
    needs = {"session": "s04", "person": "awa-ndiaye", "role": "speaker", "access_needs": ["mi"]}
    await released.post(f"{NEC}/assignments", needs)
    await released.web.patch(f"{NEC}/sessions/s05", json={"seats": 200})

    page = await read(released, "/console/nec-2018")

    assert "Salle avec des marches : il faut un accès de plain-pied" in page.text
    assert "sessions à publier 1 depuis la version 1" in page.text
    assert "Version 1 en ligne, version 2 en préparation" in page.text
    assert "awa" not in page.text


async def test_the_console_leads_from_an_edition_of_very_many_sessions_to_the_page_of_its_draft(
    released: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "AT_ONCE", 17)

    page = await read(released, "/console/nec-2018")

    assert "sessions préparées 18" in page.text
    assert "/console/nec-2018/programme" in page.links
    assert "s01" not in page.text


async def test_the_console_is_for_those_who_may(released: House) -> None:
    released.web.cookies.clear()
    stranger = await released.web.get("/console/nec-2018")
    assert (stranger.status_code, stranger.headers["location"]) == (303, "/console/sign-in")

    await released.let_in("vera", "viewer", "edition:nec-2019")
    assert (await released.web.get("/console/nec-2018")).status_code == 403
    await released.let_in("vic", "viewer", "edition:nec-2018")
    answer = await released.web.get("/console/nec-2018")
    assert (answer.status_code, "etag" in answer.headers) == (200, False)


async def test_the_console_of_an_empty_edition_says_what_will_fill_it(house: House) -> None:
    page = await read(house, "/console/nec-2018")

    assert "Il n’y a pas encore de session." in page.text
    assert "Aucune version n’est publiée" in page.text


async def test_in_english_the_console_too(released: House) -> None:
    released.web.cookies.set("lang", "en")

    page = await read(released, "/console/nec-2018")

    assert "The programme being prepared" in page.text
    assert page.lang == "en"


async def test_a_page_follows_what_another_process_has_released(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within the second that a glance may be old; here no glance is older than its asking."""
    monkeypatch.setattr(reads, "GLANCE", 0.0)
    async with nec18_as("released") as house, opened(house.store) as other:
        before = await house.web.get("/fr/nec-2018/programme")
        await other.web.patch(f"{NEC}/sessions/s12", json={"room": "audito"})
        assert (await other.release()).status_code == 201

        after = await house.web.get("/fr/nec-2018/programme")

    assert ("Nouvelle salle" in before.text, "Nouvelle salle" in after.text) == (False, True)
