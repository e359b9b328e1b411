"""The console's door, the list of registrations and the files made of it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from starlette.responses import Response

from colloque.contracts.notifications import MessageFailed
from colloque.web.links import Links
from colloque.web.sessions import Sessions
from colloque_registration.commands import DescribePerson, GrantRole, RevokeRole, SubmitRegistration
from colloque_registration.domain.needs import Needs
from colloque_registration.domain.people import Person
from colloque_registration.domain.registration import Registration
from colloque_registration.lists import harmless, table
from colloque_registration.sealing import Seal
from tests.registration.browsing import Browser, Page
from tests.registration.house import SETTINGS, House, house
from tests.registration.nec18 import NADIA, form_of, rows
from tests.registration.test_organisers import LEA, granted
from tests.registration.test_registering import YANN

LIST = "/console/nec-2018/registrations"
SEAL = Seal(SETTINGS.data_keys)


async def signed_in(here: House, grant: GrantRole = LEA) -> Browser:
    browser, organiser, response = Browser(here), await granted(here, grant), Response()
    Sessions(SETTINGS, here.clock).open(response, organiser, 0)
    name, value = response.headers["set-cookie"].split(";")[0].split("=", 1)
    browser.client.cookies.set(name, value)
    return browser


async def crowd(here: House, count: int) -> None:
    for n in range(count):
        await here.submit(
            NADIA.model_copy(
                update={"given": "P", "family": f"Number{n}", "email": f"p{n}@example.org", "sessions": ()}
            )
        )


def refused(here: House, person: str, about: str) -> MessageFailed:
    return MessageFailed(
        subject="mail-1",
        at=here.clock.at,
        template="registration_confirmed",
        edition="nec-2018",
        person=person,
        about=about,
        status=550,
    )


async def test_a_mailbox_that_refused_a_mail_is_marked_on_their_page_until_the_address_is_another() -> None:
    async with house() as here:
        nadia = await here.register(NADIA)
        browser, page = await signed_in(here), f"{LIST}/{nadia.id}"
        assert "Non remis" not in (await browser.get(page)).text
        await here.hear(refused(here, nadia.person, nadia.id))
        here.forget_glances()
        shown = await browser.get(page)
        assert "Non remis un courriel a été refusé le 20 juin (550)" in shown.text
        found = await here.do(
            DescribePerson(given="Nadia", family="Benali", email=NADIA.email, locale="fr", external="nadia")
        )
        assert here.get(Person, nadia.person).returned is not None
        await here.do(DescribePerson(given="N", family="Benali", email="n@example.org", locale="fr", external="nadia"))
        assert found == {"person": nadia.person, "created": False}
        assert here.get(Person, nadia.person).returned is None


async def test_of_somebody_who_is_not_known_here_nothing_is_noted() -> None:
    async with house() as here:
        await here.hear(refused(here, "nobody", "nec-2018/s01.nobody.speaker"))
        assert "nobody" not in here.store.docs(Person)


# ---- the door
async def test_an_organiser_enters_by_a_link_that_works_once() -> None:
    async with house() as here:
        lea, browser = await granted(here), Browser(here)
        asked = await browser.send(await browser.get("/console/sign-in"), "email", email=LEA.email)
        assert "Si cette adresse est connue, le lien est parti" in asked.text
        [told] = here.facts("sign_in.requested.v1")
        assert told["subject"] == lea
        until = here.clock.now() + timedelta(minutes=15)
        link = "/console/enter/" + Links(SETTINGS).mint("sign-in", told["nonce"], told["generation"], until)
        for _ in range(2):
            asks = await browser.get(link)
            assert "Ce lien marche une fois" in asks.text
        inside = await browser.send(asks, "Ouvrir la console")
        assert inside.path == "/console"
        assert "NEC18" in inside.text

        other = Browser(here)
        used = await other.send(await other.get(link), "Ouvrir la console")
        assert used.status == 410
        assert "Ce lien a déjà servi" in used.text

        out = await browser.send(inside, "Se déconnecter")
        assert out.path == "/console/sign-in"
        assert (await browser.get("/console")).path == "/console/sign-in"


async def test_a_stranger_sees_the_same_page_as_an_organiser_and_gets_no_link() -> None:
    async with house() as here:
        await granted(here)
        pages = []
        for email in (LEA.email, "stranger@example.org"):
            browser = Browser(here)
            pages.append(await browser.send(await browser.get("/console/sign-in"), "email", email=email))
        assert pages[0].text == pages[1].text
        assert pages[0].status == pages[1].status
        assert len(here.facts("sign_in.requested.v1")) == 1


async def test_a_link_too_old_says_so() -> None:
    async with house() as here:
        link = "/console/enter/" + Links(SETTINGS).mint("sign-in", "nonce", 0, here.clock.now() - timedelta(seconds=1))
        assert (await Browser(here).get(link)).status == 410


async def test_without_a_session_the_console_asks_to_sign_in() -> None:
    async with house() as here:
        for path in ("/console", LIST, f"{LIST}/x"):
            assert (await Browser(here).get(path)).path == "/console/sign-in"


async def test_whoever_lost_the_role_is_out_at_once() -> None:
    async with house() as here:
        browser = await signed_in(here)
        assert (await browser.get(LIST)).status == 200
        await here.do(
            RevokeRole(organiser=here.facts("organiser.granted.v1")[0]["subject"], role="owner", scope="house")
        )
        here.forget_glances()
        assert (await browser.get(LIST)).path == "/console/sign-in"


@pytest.mark.parametrize(
    ("role", "scope", "allowed"),
    [
        ("desk", "edition:nec-2018", True),
        ("organiser", "series:nec", True),
        ("desk", "edition:nec-2019", False),
        ("viewer", "edition:nec-2018", False),
        ("programme", "edition:nec-2018", False),
    ],
)
async def test_names_are_for_the_desk_of_that_edition(role: str, scope: str, allowed: bool) -> None:
    async with house() as here:
        browser = await signed_in(here, LEA.model_copy(update={"role": role, "scope": scope}))
        await here.register(NADIA)
        page = await browser.get(LIST)
        assert page.status == (200 if allowed else 403)
        assert ("Benali" in page.text) is allowed


async def test_the_first_page_shows_the_editions_one_may_see() -> None:
    async with house() as here:
        assert "NEC18" in (await (await signed_in(here)).get("/console")).text
        other = LEA.model_copy(update={"email": "o@example.org", "role": "viewer", "scope": "edition:nec-2019"})
        assert "Aucune édition" in (await (await signed_in(here, other)).get("/console")).text


# ---- the list
async def test_the_list_has_pages_by_number_the_latest_first() -> None:
    async with house() as here:
        await crowd(here, 103)
        browser = await signed_in(here)
        first = await browser.get(LIST)
        assert "Inscriptions n° 103 à 54 sur 103" in first.text
        last = await browser.get(f"{LIST}?page=3")
        assert "Inscriptions n° 3 à 1 sur 103" in last.text
        assert "Number0" in last.text


async def test_the_list_of_one_state_goes_on_where_it_stopped() -> None:
    async with house() as here:
        await crowd(here, 60)
        browser = await signed_in(here)
        first = await browser.get(f"{LIST}?state=pending")
        assert "À confirmer : n° 60 à 11" in first.text
        assert f"{LIST}?state=pending&amp;before=11" in first.html
        assert "À confirmer : n° 10 à 1" in (await browser.get(f"{LIST}?state=pending&before=11")).text
        assert "Aucune inscription" in (await browser.get(f"{LIST}?state=confirmed")).text


async def test_an_empty_list_says_what_will_fill_it() -> None:
    async with house() as here:
        page = await (await signed_in(here)).get(LIST)
        assert "Dès que quelqu'un enverra le formulaire" in page.text
        assert "<table" not in page.html


async def find(browser: Browser, **asked: str) -> Page:
    return await browser.send(await browser.get(LIST), "q", **asked)


@pytest.mark.parametrize(
    ("row", "question"),
    [
        ("r0203", "nguyen"),
        ("r0203", "THI ANH"),
        ("r0451", "d'etrelles"),
        ("r0451", "Étrelles aude"),
        ("r0533", "'t Lam"),
        ("r0117", "ليلى"),
        ("r0305", "O Soo-ah"),
        ("r0042", "villegontier KERIEN"),
        ("r0001", "nadia.BENALI@example.org"),
        ("r0002", "le goff"),
    ],
)
async def test_a_search_ignores_accents_and_case(row: str, question: str) -> None:
    async with house() as here:
        everybody = {one["id"]: one for one in rows()}
        for id in ("r0001", "r0002", "r0042", "r0117", "r0203", "r0305", "r0451", "r0533"):
            await here.submit(form_of(everybody[id]).model_copy(update={"sessions": ()}))
        page = await find(await signed_in(here), q=question)
        assert "1 inscription trouvée" in page.text
        assert everybody[row]["family"].replace("’", "'") in page.text
        assert page.path == LIST


async def test_a_search_keeps_to_its_edition_and_state_and_stays_out_of_the_address() -> None:
    async with house() as here:
        await here.register(NADIA)
        await here.submit(YANN)
        browser = await signed_in(here)
        found = await find(browser, q="benali", state="confirmed")
        assert "1 inscription trouvée" in found.text
        assert "Personne ne répond" in (await find(browser, q="benali", state="pending")).text
        assert "Personne ne répond" in (await find(browser, q="nobody")).text
        assert "Personne ne répond" in (await find(browser, q="$ne")).text
        only_state = await find(browser, state="pending")
        assert "Le Goff" in only_state.text


async def test_one_registration_shows_the_desk_what_it_needs() -> None:
    async with house() as here:
        sealed = SEAL.shut(Needs(meal="vegan", access=("lsf",)))
        nadia = await here.register(NADIA.model_copy(update={"needs": sealed, "phone": "02 61 91 00 18"}))
        page = await (await signed_in(here)).get(f"{LIST}/{nadia.id}")
        for words in ("Nadia Benali", "nadia.benali@example.org", "Végétalien", "langue des signes", "Session s02"):
            assert words in page.text
        assert f"/console/nec-2018/traces/{nadia.id}" in page.html
        assert (await (await signed_in(here)).get(f"{LIST}/nobody")).status == 404


# ---- files
async def exported(here: House, browser: Browser, columns: str) -> list[list[str]]:
    answer = await browser.post(await browser.get(LIST), "Télécharger", columns=columns)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="nec-2018-{columns}.csv"'
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_each_file_has_the_columns_of_its_purpose_and_no_other() -> None:
    async with house() as here:
        vegan = {"needs": SEAL.shut(Needs(meal="vegan", access=("lsf",)))}
        await here.register(NADIA.model_copy(update={**vegan, "consents": ("image",)}))
        await here.register(YANN.model_copy(update={"sessions": ("s03",)}))
        await here.submit(NADIA.model_copy(update={"email": "pending@example.org"}))
        browser = await signed_in(here)
        badges = await exported(here, browser, "badges")
        assert badges[0] == ["number", "code", "given", "family", "photo"]
        assert [row[2:] for row in badges[1:]] == [["Nadia", "Benali", "yes"], ["Yann", "Le Goff", "no"]]
        attendance = await exported(here, browser, "attendance")
        assert attendance[0] == ["number", "family", "given", "s02", "s03", "s07", "s09"]
        assert attendance[1:] == [
            ["1", "Benali", "Nadia", "x", "", "x", ""],
            ["2", "Le Goff", "Yann", "", "x", "", ""],
        ]
        assert await exported(here, browser, "catering") == [["meal", "count"], ["standard", "1"], ["vegan", "1"]]


async def test_each_file_that_leaves_is_in_the_trace_with_who_took_it() -> None:
    async with house() as here:
        await here.register(NADIA)
        browser = await signed_in(here)
        await exported(here, browser, "badges")
        line = here.store.written[-1]
        assert line["message"] == "NoteExport"
        organiser = here.facts("organiser.granted.v1")[0]["subject"]
        assert line["outputs"][0]["ref"] == f"export/nec-2018/badges/{organiser}"


async def test_a_file_is_sorted_as_a_list_on_paper() -> None:
    async with house() as here:
        for n, family in enumerate(["Étrelles", "Zola", "de Saint-Aubin", "Eluard"]):
            form = {"family": family, "email": f"p{n}@example.org", "sessions": ()}
            await here.register(NADIA.model_copy(update=form))
        badges = await exported(here, await signed_in(here), "badges")
        assert [row[3] for row in badges[1:]] == ["de Saint-Aubin", "Eluard", "Étrelles", "Zola"]


@pytest.mark.parametrize("cell", ["=1+1", "+33", "-2", "@cmd", "\t=1", "\r=1", " =1"])
async def test_a_spreadsheet_takes_no_name_for_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert f"'{cell}".encode() in table([[cell]])


async def test_a_name_that_is_a_formula_leaves_as_a_name() -> None:
    async with house() as here:
        evil = '=HYPERLINK("http://evil.example","x")'
        await here.register(SubmitRegistration(edition="nec-2018", given=evil, family="=2", email="e@example.org"))
        badges = await exported(here, await signed_in(here), "badges")
        assert badges[1][2:4] == [f"'{evil}", "'=2"]
        assert len(here.store.docs(Registration)) == 1
