"""The form, the click and « my registration », as a browser without JavaScript meets them."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
import zxingcpp
from PIL import Image

from colloque.contracts.registration import ticket_code
from colloque.contracts.scheduling import EditionCancelled, EditionPostponed, RegistrationClosed
from colloque.web import routes
from colloque.web.i18n import missing
from colloque.web.links import Links
from colloque_registration.domain.needs import Needs
from colloque_registration.domain.registration import Registration
from colloque_registration.room import build
from colloque_registration.sealing import Seal
from tests.registration.browsing import Browser, Page
from tests.registration.house import SETTINGS, House, house
from tests.registration.nec18 import NADIA, OPENING, frame, load, released, rows, session, slot
from tests.registration.test_registering import YANN

DEPLOY = Path(__file__).parents[2] / "deploy"
FORM = "/fr/nec-2018/register"
LINKS = Links(SETTINGS)
SAID = {"given": "Nadia", "family": "Benali", "email": "nadia.benali@example.org"}


def confirm_link(registration: Registration, lang: str = "fr") -> str:
    """As the mail has it."""
    token = LINKS.mint("confirm", registration.id, registration.links, registration.expires_at)
    return f"/{lang}/confirm/{token}"


def only(here: House) -> Registration:
    [registration] = here.store.docs(Registration).values()
    return registration


async def registered(here: House, browser: Browser, **said: object) -> Page:
    """Form, mail, click: the page after it."""
    await browser.send(await browser.get(FORM), "given", **{**SAID, **said})
    return await browser.send(await browser.get(confirm_link(only(here))), "Confirmer")


# ---- the story
async def test_nadia_registers_without_javascript_in_five_pages() -> None:
    async with house() as here:
        browser = Browser(here)
        form = await browser.get(FORM)
        assert form.status == 200
        assert form.form("given").value("consents") == []

        sent = await browser.send(
            form, "given", **SAID, slot_1="s02", slot_2="s07", meal="vegetarian", consents=["newsletter"]
        )
        assert (sent.status, sent.path) == (200, "/fr/nec-2018/sent")
        assert "Nous venons d'écrire à n…i@example.org" in sent.text
        assert "Votre place n'est pas encore réservée" in sent.text

        asked = await browser.get(confirm_link(only(here)))
        assert only(here).state == "pending"
        assert "Rien n'est fait tant que vous n'avez pas appuyé" in asked.text
        assert "Session s02 Plateau Loire, encore 2 places" in asked.text
        assert "Végétarien" in asked.text
        assert "La lettre : oui. Photos et vidéos : non." in asked.text

        mine = await browser.send(asked, "Confirmer")
        assert mine.path.startswith("/fr/registration/")
        assert "C'est confirmé. Votre place est réservée." in mine.text
        assert (only(here).state, only(here).sessions) == ("confirmed", ("s02", "s07"))


async def test_the_whole_story_is_told_in_english_too() -> None:
    async with house() as here:
        browser = Browser(here)
        form = await browser.get("/en/nec-2018/register")
        assert "Free of charge, no account." in form.text
        sent = await browser.send(form, "given", **SAID)
        assert "We have just written to" in sent.text
        mine = await browser.send(await browser.get(confirm_link(only(here), "en")), "Confirm")
        assert mine.path.startswith("/en/registration/")
        assert "Confirmed. Your place is booked." in mine.text
        assert only(here).answers.locale == "en"


def test_every_word_has_its_english() -> None:
    assert missing("colloque_registration") == []


async def test_a_looker_at_links_confirms_nothing() -> None:
    async with house() as here:
        asked = await here.submit(NADIA)
        for _ in range(3):
            await Browser(here).get(confirm_link(asked))
        assert here.registration_of(NADIA).state == "pending"


async def test_the_link_clicked_again_shows_the_same_registration() -> None:
    async with house() as here:
        browser = Browser(here)
        mine = await registered(here, browser)
        again = await browser.get(confirm_link(only(here)))
        assert again.path == mine.path
        assert again.text == mine.text


async def test_two_open_confirm_pages_make_one_confirmation() -> None:
    async with house() as here:
        await here.submit(NADIA)
        browser = Browser(here)
        pages = [await browser.get(confirm_link(only(here))) for _ in range(2)]
        first, second = [await browser.send(page, "Confirmer") for page in pages]
        assert first.path == second.path
        assert len(here.facts("registration.confirmed.v1")) == 1


async def test_a_form_sent_twice_is_one_registration() -> None:
    async with house() as here:
        browser = Browser(here)
        form = await browser.get(FORM)
        answers = [await browser.send(form, "given", **SAID, meal="vegan") for _ in range(2)]
        assert [(one.status, one.path) for one in answers] == [(200, "/fr/nec-2018/sent")] * 2
        assert len(here.facts("registration.submitted.v1")) == 1
        assert here.facts("registration.repeated.v1") == []


async def test_going_back_and_correcting_an_answer_is_not_refused() -> None:
    async with house() as here:
        browser = Browser(here)
        form = await browser.get(FORM)
        await browser.send(form, "given", **SAID, slot_1="s02")
        corrected = await browser.send(form, "given", **SAID, slot_1="s03")
        assert corrected.path == "/fr/nec-2018/sent"
        assert only(here).answers.sessions == ("s03",)


async def test_a_page_kept_for_all_shows_each_only_their_own() -> None:
    async with house() as here:
        nadia, yann = await here.submit(NADIA), await here.submit(YANN.model_copy(update={"sessions": ("s03",)}))
        first = await Browser(here).get(confirm_link(nadia))
        second = await Browser(here).get(confirm_link(yann))
        assert "Nadia Benali" in first.text
        assert "Session s02" in first.text
        assert "Yann Le Goff" in second.text
        assert "Session s03" in second.text
        for theirs in ("Nadia", "nadia", "Session s02", confirm_link(nadia).rsplit("/", 1)[1]):
            assert theirs not in second.html
        assert confirm_link(yann, "en") in second.html
        assert "~hole" not in second.html
        tokens = [page.form("Confirmer").value("form_token")[0] for page in (first, second)]
        assert tokens[0] != tokens[1]


# ---- never revealing
async def test_somebody_known_is_answered_exactly_like_somebody_unknown() -> None:
    async with house() as here:
        await here.register(NADIA)
        seen: list[httpx.Response] = []
        for email in (NADIA.email, "never.seen@example.org"):
            browser = Browser(here)
            browser.client.follow_redirects = False
            form = await browser.get(FORM)
            seen.append(await browser.post(form, "given", **{**SAID, "email": email}))
        known, unknown = seen
        assert (known.status_code, known.headers["location"]) == (unknown.status_code, unknown.headers["location"])
        assert known.content == unknown.content
        assert sorted(known.headers) == sorted(unknown.headers)
        before, after = here.store.written[-2:]
        assert (before["answer"], before["outcome"]) == (after["answer"], after["outcome"])


async def test_nobody_personal_stands_in_an_address_or_a_redirect() -> None:
    async with house() as here:
        browser = Browser(here)
        browser.client.follow_redirects = False
        answer = await browser.post(await browser.get(FORM), "given", **SAID)
        assert answer.headers["location"] == "/fr/nec-2018/sent"


# ---- errors
async def test_errors_stand_beside_their_fields_and_nothing_typed_is_lost() -> None:
    async with house() as here:
        browser = Browser(here)
        wrong = await browser.send(
            await browser.get(FORM),
            "given",
            who="other",
            given="Paul",
            family="",
            email="paul.mercier@example",
            phone="02 61 91 00 42",
            slot_1="s03",
            category="elected",
            access=["step_free"],
            consents=["image"],
        )
        assert wrong.status == 422
        assert wrong.error("proxy_name") == "Erreur : écrivez votre prénom et votre nom."
        assert wrong.error("family") == "Erreur : écrivez le nom."
        assert "il manque la fin de l'adresse" in wrong.error("email")
        assert "3 réponses à revoir" in wrong.text
        assert re.search(r"<title>Erreur", wrong.html)
        for field in ("proxy_name", "family", "email"):
            assert f'href="#{field}"' in wrong.html
            assert f'aria-describedby="{field}-e' in wrong.html
        kept = wrong.form("given")
        assert kept.value("given") == ["Paul"]
        assert kept.value("email") == ["paul.mercier@example"]
        assert kept.value("phone") == ["02 61 91 00 42"]
        assert kept.value("who") == ["other"]
        assert kept.value("slot_1") == ["s03"]
        assert kept.value("category") == ["elected"]
        assert kept.value("access") == ["step_free"]
        assert kept.value("consents") == ["image"]
        assert here.store.docs(Registration) == {}

        right = await browser.send(
            wrong, "given", proxy_name="Nadia Benali", family="Mercier", email="nadia.benali@example.org"
        )
        assert right.path == "/fr/nec-2018/sent"
        assert (only(here).answers.channel, only(here).answers.entered_by) == ("on_behalf", "Nadia Benali")


async def test_sessions_at_the_same_time_are_refused_beside_the_question() -> None:
    async with house() as here:
        late = session("s20", "2018-09-13T12:00", "2018-09-13T13:00")
        await here.hear(released(late, n=2))
        browser = Browser(here)
        wrong = await browser.send(await browser.get(FORM), "given", **SAID, slot_1="s02", slot_2="s20")
        assert wrong.status == 422
        assert "ont lieu en même temps" in wrong.error("sessions")
        assert 'href="#sessions"' in wrong.html
        assert wrong.form("given").value("slot_2") == ["s20"]


async def test_a_session_nobody_can_book_is_refused_beside_the_question() -> None:
    async with house() as here:
        browser = Browser(here)
        wrong = await browser.send(await browser.get(FORM), "given", **SAID, slot_1="s01")
        assert wrong.status == 422
        assert "ne se réserve pas" in wrong.error("sessions")


async def test_full_sessions_are_shown_and_cannot_be_ticked() -> None:
    async with house() as here:
        await here.register(YANN)
        form = (await Browser(here).get(FORM)).form("given")
        assert form.disabled == {"s07"}


async def test_the_form_shows_what_is_left_within_a_second() -> None:
    async with house() as here:
        browser = Browser(here)
        assert "2 places" in (await browser.get(FORM)).text
        assert "1 place " in (await browser.get(FORM)).text
        await here.hear(released(session("s07", "2018-09-13T14:00", "2018-09-13T15:30", seats=5), n=2))
        here.forget_glances()
        assert "5 places" in (await browser.get(FORM)).text


async def test_the_sessions_read_alike_written_moment_by_moment_or_all_at_once() -> None:
    """Who opens the form is shown what was written before; whose form comes back, what is written for them."""
    async with house() as here:
        browser = Browser(here)
        before = await browser.get(FORM)
        await here.register(NADIA)
        kept = await browser.get(FORM)
        returned = await browser.send(kept, "given", family="Benali", email="nadia.benali@example.org")
    written, anew = (
        re.findall(r'<fieldset class="opts" id="slot_.*?</fieldset>', one.html, re.DOTALL) for one in (kept, returned)
    )
    assert (returned.status, written) == (422, anew)
    assert before.text.count("2 places") > kept.text.count("2 places")


async def test_each_visitor_is_shown_a_token_of_their_own() -> None:
    async with house() as here:
        tokens = [(await Browser(here).get(FORM)).form("given").value("form_token") for _ in range(2)]
        assert tokens[0] != tokens[1]
        stolen = await Browser(here).send(await Browser(here).get(FORM), "given", **SAID)
        assert stolen.status == 403
        assert here.store.docs(Registration) == {}


# ---- hostile
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("given", "Nadia\0"),
        ("email", "nadia@example.org\r\nBcc: all@example.org"),
        ("email", "$ne"),
        ("slot_1", '{"$ne": null}'),
        ("slot_1", "s02" * 5000),
        ("family", "x" * 81),
        ("given", "\ue000"),
        ("category", "president"),
        ("consents", "everything"),
        ("meal", "$where"),
        ("access", "x"),
        ("who", "nobody"),
    ],
)
async def test_what_no_browser_sends_is_answered_and_makes_nothing(field: str, value: str) -> None:
    async with house() as here:
        browser = Browser(here)
        answer = await browser.send(await browser.get(FORM), "given", **{**SAID, field: value})
        assert answer.status in (400, 413, 422)
        assert here.store.docs(Registration) == {}


@pytest.mark.parametrize("body", [b"given=%ff%fe", b"given=%ED%A0%80", b"x=" + b"a" * 10_000_000, b"&" * 5000, b"{}"])
async def test_bodies_that_are_no_forms_are_refused_before_anything_looks_at_them(body: bytes) -> None:
    async with house() as here:
        answer = await Browser(here).raw(FORM, body)
        assert answer.status_code in (400, 403, 413)


async def test_a_mongo_operator_in_a_field_name_is_only_an_unknown_field() -> None:
    async with house() as here:
        browser = Browser(here)
        page = await browser.get(FORM)
        token = page.form("given").value("form_token")[0]
        body = urlencode([("form_token", token), ("given[$ne]", ""), ("family", "B"), ("email[$gt]", "")])
        answer = await browser.raw(FORM, body)
        assert answer.status_code == 422


async def test_markup_in_a_name_is_a_name() -> None:
    async with house() as here:
        mine = await registered(here, Browser(here), given="<script>alert(1)</script>", family="O'\"Neil & Co")
        assert "<script>" not in mine.html
        assert "&lt;script&gt;" in mine.html


@pytest.mark.parametrize("row", [one["id"] for one in load("registrations.yaml")["odd_names"]])
async def test_people_whose_name_tries_software_are_called_by_their_name(row: str) -> None:
    told = next(one for one in load("registrations.yaml")["odd_names"] if one["id"] == row)
    line = next(one for one in rows() if one["id"] == row)
    assert (line["given"], line["family"]) == (told["given"], told["family"])
    async with house() as here:
        mine = await registered(here, Browser(here), given=told["given"], family=told["family"])
        person = here.get(type(here.person_of(NADIA)), only(here).person)
        assert (person.given, person.family) == (told["given"], told["family"])
        assert told["family"].replace("’", "'") in mine.text


# ---- links
async def test_a_link_older_than_48_hours_says_what_to_do() -> None:
    async with house() as here:
        asked = await here.submit(NADIA)
        await here.until(OPENING + timedelta(hours=49))
        page = await Browser(here).get(confirm_link(asked))
        assert page.status == 410
        assert "Il marchait 48 h" in page.text
        assert "vous inscrire à nouveau" in page.text


async def test_a_link_whose_request_was_taken_back_says_what_to_do() -> None:
    async with house() as here:
        asked = await here.submit(NADIA)
        browser = Browser(here)
        page = await browser.get(confirm_link(asked))
        assert "C'est effacé" in (await browser.send(page, "Effacer")).text
        assert here.registration_of(NADIA).state == "cancelled"
        again = await browser.get(confirm_link(asked))
        assert again.status == 410
        assert "/fr/nec-2018/register" in again.html


@pytest.mark.parametrize("path", ["/fr/confirm/x", "/fr/registration/x", "/fr/ticket/x", "/fr/confirm/" + "a" * 5000])
async def test_a_link_that_is_not_ours_opens_nothing(path: str) -> None:
    async with house() as here:
        assert (await Browser(here).get(path)).status == 404


async def test_a_link_of_one_purpose_is_none_of_another() -> None:
    async with house() as here:
        asked = await here.submit(NADIA)
        token = confirm_link(asked).rsplit("/", 1)[1]
        assert (await Browser(here).get(f"/fr/registration/{token}")).status == 404


async def test_pages_with_a_link_are_kept_nowhere_and_tell_nobody() -> None:
    async with house() as here:
        page = await registered(here, Browser(here))
        assert page.headers["referrer-policy"] == "no-referrer"
        assert "no-store" in page.headers["cache-control"]
        assert 'name="robots" content="noindex"' in page.html


# ---- doors
@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (RegistrationClosed, "Les inscriptions sont closes"),
        (EditionPostponed, "L'événement est reporté"),
        (EditionCancelled, "L'événement est annulé"),
    ],
)
async def test_a_shut_door_is_a_page_with_a_reason(fact: type[EditionCancelled], words: str) -> None:
    async with house() as here:
        browser = Browser(here)
        form = await browser.get(FORM)
        await here.hear(fact(subject="nec-2018", at=OPENING, frame=frame()))
        here.forget_glances()
        assert words in (await browser.get(FORM)).text
        assert words in (await browser.send(form, "given", **SAID)).text
        assert here.store.docs(Registration) == {}


async def test_an_edition_nobody_announced_is_no_page() -> None:
    async with house() as here:
        assert (await Browser(here).get("/fr/nec-1918/register")).status == 404


async def test_when_every_place_is_taken_the_form_says_so_and_the_click_joins_the_line() -> None:
    async with house(capacity=1) as here:
        await here.register(YANN)
        browser = Browser(here)
        form = await browser.get(FORM)
        assert "Toutes les places sont prises." in form.text
        await browser.send(form, "given", **SAID)
        page = await browser.send(await browser.get(confirm_link(here.registration_of(NADIA))), "Confirmer")
        assert "Vous êtes sur la liste d'attente" in page.text
        assert re.search(r"1 ?(er|re) sur 1 en attente", page.text)


# ---- my registration
async def test_what_was_full_at_the_click_is_said_on_the_page() -> None:
    async with house() as here:
        await here.submit(NADIA)
        await here.register(YANN)
        page = await Browser(here).get(confirm_link(here.registration_of(NADIA)))
        browser = Browser(here)
        page = await browser.send(await browser.get(confirm_link(here.registration_of(NADIA))), "Confirmer")
        assert "Cette session était complète quand vous avez confirmé : Session s07" in page.text


async def test_sessions_needs_and_consents_are_changed_by_their_own_buttons() -> None:
    async with house() as here:
        browser = Browser(here)
        mine = await registered(here, browser, slot_1="s02")
        mine = await browser.send(mine, "slot_1", slot_1="s03", slot_2="s09")
        assert only(here).sessions == ("s03", "s09")
        mine = await browser.send(mine, "meal", meal="vegan", access=["lsf", "companion"])
        sealed = only(here).answers.needs
        assert "vegan" not in sealed
        assert Seal(SETTINGS.data_keys).open(sealed) == Needs(meal="vegan", access=("lsf", "companion"))
        assert "Une interprétation en langue des signes, Une place pour la personne qui m'accompagne" in mine.text
        mine = await browser.send(mine, "mon accord : Photos et vidéos")
        assert only(here).answers.consents.purposes == ("image",)
        mine = await browser.send(mine, "mon accord : Photos et vidéos")
        assert only(here).answers.consents.purposes == ()
        assert "retiré le 20 juin 2018" in mine.text


async def test_two_sessions_at_once_are_refused_on_my_registration_too() -> None:
    async with house() as here:
        browser = Browser(here)
        mine = await registered(here, browser, slot_1="s02")
        wrong = await browser.send(mine, "slot_1", slot_1=["s02"], sessions=["s03"])
        assert wrong.status == 422
        assert "ont lieu en même temps" in wrong.text
        assert only(here).sessions == ("s02",)


async def test_cancelling_asks_first_and_frees_what_was_held() -> None:
    async with house() as here:
        browser = Browser(here)
        mine = await registered(here, browser, slot_1="s02")
        asks = await browser.get(f"{mine.path}/cancel")
        assert "Rien n'est fait tant que" in asks.text
        assert only(here).state == "confirmed"
        gone = await browser.send(asks, "Oui, annuler")
        assert gone.path == mine.path
        assert "Elle est annulée" in gone.text
        assert (only(here).state, here.taken("s02"), here.desk_of().places_left) == ("cancelled", 0, 850)
        assert (await browser.get(f"{mine.path}/cancel")).path == mine.path


async def test_a_ticket_of_a_cancelled_registration_says_that_it_opens_nothing() -> None:
    async with house() as here:
        nadia = await here.register(NADIA)
        until = OPENING + timedelta(days=100)
        link = f"/fr/ticket/{LINKS.mint('ticket', nadia.id, nadia.links, until)}"
        browser = Browser(here)
        assert (await browser.get(link)).status == 200
        await here.cancel(nadia)
        over = await browser.get(link)
        assert over.status == 410
        assert "Ce billet n'est pas valable" in over.text
        assert "Nadia" not in over.text


@pytest.mark.parametrize(
    ("fact", "said"),
    [(EditionCancelled, "L'événement est annulé"), (EditionPostponed, "L'événement est reporté")],
)
async def test_who_holds_a_place_reads_that_there_is_nothing_to_come_to(
    fact: type[EditionCancelled | EditionPostponed], said: str
) -> None:
    async with house() as here:
        nadia = await here.register(NADIA)
        await here.hear(fact(subject="nec-2018", at=here.clock.at, frame=frame()))
        here.forget_glances()
        browser, until = Browser(here), OPENING + timedelta(days=100)
        for purpose in ("registration", "ticket"):
            token = LINKS.mint(purpose, nadia.id, nadia.links, until)
            page = await browser.get(f"/fr/{purpose}/{token}")
            assert said in page.text
            assert "Votre place est réservée" not in page.text


async def test_the_ticket_has_a_name_a_code_and_a_picture_that_a_reader_reads() -> None:
    async with house() as here:
        browser = Browser(here)
        mine = await registered(here, browser)
        address = re.search(r'href="(/fr/ticket/[^"]+)"', mine.html)
        assert address
        ticket = await browser.get(address.group(1))
        assert "Nadia Benali" in ticket.text
        code = re.search(r"</svg></div><p>([A-Z0-9-]+)</p>", ticket.html)
        assert code
        [read] = zxingcpp.read_barcodes(drawn(ticket.html))
        assert read.text == code.group(1) == ticket_code(only(here).id)


def drawn(html: str) -> Image.Image:
    """The QR of the page as it is seen: its path is made of horizontal strokes, one unit thick."""
    size = re.search(r'<svg viewBox="0 0 (\d+) \d+"', html)
    path = re.search(r'<path[^>]* d="([^"]+)"', html)
    assert size
    assert path
    side, x, y = int(size.group(1)), 0.0, 0.0
    picture = Image.new("L", (side, side), 255)
    for command, numbers in re.findall(r"([Mmh])([^Mmh]*)", path.group(1)):
        parts = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        if command == "h":
            for column in range(int(parts[0])):
                picture.putpixel((int(x) + column, int(y)), 0)
            x += parts[0]
        else:
            x, y = (parts[0], parts[1]) if command == "M" else (x + parts[0], y + parts[1])
    return picture.resize((side * 8, side * 8), Image.Resampling.NEAREST)


async def test_needs_are_sealed_before_they_are_kept_and_leave_no_word_behind() -> None:
    async with house() as here:
        await registered(here, Browser(here), meal="gluten_free", access=["velotypie"])
        everything = repr([*here.store.every(), *here.store.written])
        assert "gluten_free" not in everything
        assert "velotypie" not in everything


async def test_what_an_edition_has_not_is_not_asked() -> None:
    async with house(first_time_question={}) as here:
        form = await Browser(here).get(FORM)
        assert "first_time" not in form.form("given").names
        assert "10 questions" in form.text


async def test_a_page_is_light() -> None:
    async with house() as here:
        for path in (FORM, "/en/nec-2018/register"):
            assert len((await Browser(here).get(path)).html.encode()) < 60_000


def test_a_slot_overlaps_what_it_touches_inside_only() -> None:
    morning = slot("2018-09-13T11:00", "2018-09-13T12:30")
    assert not morning.overlaps(slot("2018-09-13T12:30", "2018-09-13T14:00"))
    assert morning.overlaps(slot("2018-09-13T12:29", "2018-09-13T14:00"))


def test_the_table_of_routes_says_what_this_room_answers_and_to_whom() -> None:
    table = routes.load(DEPLOY / "routes.yaml")
    assert routes.differences(table, "registration", build(House(OPENING).desk, SETTINGS).routers) == []
