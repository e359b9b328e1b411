"""The programme in the console, by its forms alone: moved, swapped, cancelled, released, compared, put back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from colloque_scheduling.domain.programme.session import Session
from colloque_scheduling.grid import Cell, Grid, Grids
from colloque_scheduling.reads import by_hour
from tests.scheduling import nec18
from tests.scheduling.house import House, nec18_as
from tests.scheduling.test_history import Course
from tests.scheduling.test_pages import Text
from tests.scheduling.test_releases import drafts
from tests.scheduling.world import EDITION, EXAMPLES

NEC = "/api/editions/nec-2018"
DESK = "/console/nec-2018"


@pytest.fixture
async def released() -> AsyncIterator[House]:
    async with nec18_as("released") as house:
        yield house


class Fields(HTMLParser):
    """The forms of a page and what stands in them, as a browser would send them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self._form: dict[str, str] = {}
        self._select = self._area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = self.forms[f"{told.get('method', 'get')} {told.get('action', '')}"] = {}
        elif tag == "input" and told.get("name"):
            self._form[told["name"]] = told.get("value", "")
        elif tag == "select":
            self._select = told["name"]
            self._form[self._select] = ""
        elif tag == "textarea":
            self._form[told["name"]] = ""
        elif tag == "option" and "selected" in told:
            self._form[self._select] = told.get("value", "")


async def fields(house: House, path: str, action: str) -> dict[str, str]:
    page = await house.web.get(path)
    assert page.status_code == 200, page.text
    return Fields(page.text).forms[f"post {action}"]


async def send(house: House, action: str, values: dict[str, str]) -> httpx.Response:
    return await house.web.post(action, data=values)


def words(answer: httpx.Response) -> str:
    return " ".join(Text(answer.text).text.split())


def place(session: Session) -> tuple[str | None, str]:
    assert session.slot is not None
    return session.room, session.slot.starts_at.isoformat(timespec="minutes")


# ---- the grid
async def test_the_grid_shows_days_rooms_and_what_the_next_release_changes(released: House) -> None:
    await released.post(f"{NEC}/sessions/swap", {"a": "s06", "b": "s09"})
    await released.post(f"{NEC}/sessions/s12/move", {"room": "audito"})
    await released.post(f"{NEC}/sessions/s16/cancel", {})
    await released.post(f"{NEC}/assignments", {"session": "s13", "person": "x", "role": "host", "access_needs": ["mi"]})

    page = await released.web.get(f"{DESK}/programme")

    said = words(page)
    assert page.text.count("<caption>") == 2
    assert "Auditorium, 500" in said
    assert "4 sessions à publier" in said
    assert page.text.count("Nouvel horaire") == 2
    assert page.text.count("Nouvelle salle") == 1
    assert "Annulée" in said
    assert "Salle avec des marches" in said
    assert "Version 1 en ligne, version 2 en préparation" in said


async def test_the_grid_follows_every_change_at_once(released: House) -> None:
    assert "Nouvel horaire" not in (await released.web.get(f"{DESK}/programme")).text
    await released.post(f"{NEC}/sessions/swap", {"a": "s06", "b": "s09"})
    assert "Nouvel horaire" in (await released.web.get(f"{DESK}/programme")).text
    await released.post(f"{NEC}/sessions", nec18.session("s03", id="s19", slot=None, room=None))
    assert "s19" in (await released.web.get(f"{DESK}/programme")).text
    await released.web.delete(f"{NEC}/sessions/s19")
    assert "s19" not in (await released.web.get(f"{DESK}/programme")).text


async def test_what_another_process_changes_is_on_the_grid_too(released: House) -> None:
    assert "Nouvel horaire" not in (await released.web.get(f"{DESK}/programme")).text
    other = House(released.clock.at, released.store)
    async with other.desk.running(), other.web:
        other.ask_as()
        await other.post(f"{NEC}/sessions/swap", {"a": "s06", "b": "s09"})
    await released.post(f"{NEC}/sessions/s12/move", {"room": "audito"})

    page = (await released.web.get(f"{DESK}/programme")).text

    assert (page.count("Nouvel horaire"), page.count("Nouvelle salle")) == (2, 1)


async def test_who_may_only_look_finds_no_form(released: House) -> None:
    await released.let_in("vera", "viewer", "edition:nec-2018")

    page = await released.web.get(f"{DESK}/programme")
    releases = await released.web.get(f"{DESK}/releases")

    assert page.status_code == 200
    assert f"{DESK}/programme/s12" not in page.text
    assert "restore" not in releases.text
    assert (await released.web.get(f"{DESK}/programme/s12")).status_code == 403


async def test_more_rooms_than_fit_side_by_side_are_a_list(released: House) -> None:
    for n in range(3):
        await released.post(f"{NEC}/rooms", {"id": f"x{n}", "name": f"Salle {n}", "capacity": 50})
        hour = {"starts_at": "2018-09-13T18:00", "ends_at": "2018-09-13T19:00"}
        await released.post(f"{NEC}/sessions", nec18.session("s02", id=f"z{n}", room=f"x{n}", slot=hour, seats=50))

    page = (await released.web.get(f"{DESK}/programme?day=2018-09-13")).text

    assert page.count('<th scope="col"') == 4
    assert "Salle 2" in page


# ---- moving, swapping, cancelling
async def test_a_session_is_moved_by_its_form(released: House) -> None:
    action = f"{DESK}/programme/s12"
    form = await fields(released, action, action)
    assert (form["room"], form["starts_at"], form["seats"]) == ("galerie", "2018-09-14T09:30", "240")

    answer = await send(released, action, form | {"room": "audito", "starts_at": "2018-09-14T09:00"})

    assert (answer.status_code, answer.headers["location"]) == (303, f"{DESK}/programme?done=moved#s12")
    assert place(released.docs(Session)["nec-2018/s12"]) == ("audito", "2018-09-14T09:00")
    assert "enregistré dans le brouillon" in words(await released.web.get(f"{DESK}/programme?done=moved"))


REFUSED: list[tuple[dict[str, str], str, str]] = [
    ({"room": "atelier3"}, "seats", "moins de places"),
    ({"room": "plateau"}, "room", "accueille déjà « Médiation numérique"),
    ({"starts_at": "2018-09-13T09:00", "ends_at": "2018-09-13T10:00", "room": "x"}, "room", "une des salles"),
    ({"starts_at": "2018-09-15T09:00", "ends_at": "2018-09-15T10:00"}, "starts_at", "les jours de l’édition"),
    ({"starts_at": "2018-09-14T12:00"}, "ends_at", "a fin vient après"),
    ({"starts_at": "tomorrow"}, "starts_at", "le jour et l’heure"),
    ({"seats": "many"}, "seats", "un nombre"),
]


@pytest.mark.parametrize(("typed", "field", "why"), REFUSED)
async def test_what_is_refused_is_said_beside_its_field_with_what_was_typed(
    released: House, typed: dict[str, str], field: str, why: str
) -> None:
    action = f"{DESK}/programme/s12"
    before = released.docs(Session)

    answer = await send(released, action, await fields(released, action, action) | typed)

    assert answer.status_code in (409, 422)
    assert re.search(
        rf'id="{field}-e"[^<]*>[^<]*{re.escape(why)}', answer.text.replace("\u00a0", " ").replace("\u202f", " ")
    )
    shown = Fields(answer.text).forms[f"post {action}"]
    assert {name: shown[name] for name in typed if name != "room" or typed[name] != "x"} == {
        name: value for name, value in typed.items() if name != "room" or value != "x"
    }
    assert released.docs(Session) == before


async def test_words_that_a_calendar_cannot_hold_come_back_in_an_input_that_can(released: House) -> None:
    action = f"{DESK}/programme/s12"
    answer = await send(released, action, await fields(released, action, action) | {"starts_at": "tomorrow"})
    assert re.search(r'id="starts_at" name="starts_at" type="text" value="tomorrow"', answer.text)
    assert re.search(r'id="ends_at" name="ends_at" type="datetime-local" value="2018-', answer.text)


async def test_the_second_to_save_sees_both_and_decides(released: House) -> None:
    action = f"{DESK}/programme/s12"
    mine, theirs = [await fields(released, action, action) for _ in range(2)]
    assert (await send(released, action, theirs | {"room": "audito"})).status_code == 303

    answer = await send(released, action, mine | {"seats": "200"})

    assert answer.status_code == 412
    said = words(answer)
    assert "Quelqu’un a enregistré cette session entre-temps" in said
    assert "En place maintenant : Auditorium" in said
    shown = Fields(answer.text).forms[f"post {action}"]
    assert (shown["room"], shown["seats"]) == ("galerie", "200"), "what was typed is still there"
    assert released.docs(Session)["nec-2018/s12"].room == "audito"
    again = await send(released, action, shown | {"room": "audito"})
    assert again.status_code == 303
    kept = released.docs(Session)["nec-2018/s12"]
    assert (kept.room, kept.seats) == ("audito", 200)


async def test_two_sessions_are_swapped_by_a_form(released: House) -> None:
    path, action = f"{DESK}/programme/s06", f"{DESK}/programme/s06/swap"
    form = await fields(released, path, action)
    version = released.docs(Session)["nec-2018/s09"].version
    before = {key: place(released.docs(Session)[f"nec-2018/{key}"]) for key in ("s06", "s09")}

    answer = await send(released, action, form | {"other": f"s09@{version}"})

    assert answer.headers["location"] == f"{DESK}/programme?done=swapped#s06"
    after = released.docs(Session)
    assert (place(after["nec-2018/s06"]), place(after["nec-2018/s09"])) == (before["s09"], before["s06"])
    stale = await send(released, action, (await fields(released, path, action)) | {"other": f"s09@{version}"})
    assert stale.status_code == 412
    busy = await fields(released, f"{DESK}/programme/s03", f"{DESK}/programme/s03/swap")
    refused = await send(released, f"{DESK}/programme/s03/swap", busy | {"other": "s12"})
    assert refused.status_code == 409
    assert "est déjà dans « Médiation numérique" in words(refused)
    for nothing in ("", "-x", "s09@-1", "S09", "s" * 60):
        none = await send(released, action, (await fields(released, path, action)) | {"other": nothing})
        assert (none.status_code, "hoisissez une session" in words(none)) == (422, True)


async def test_a_session_is_cancelled_with_its_reason(released: House) -> None:
    path, action = f"{DESK}/programme/s16", f"{DESK}/programme/s16/cancel"
    form = await fields(released, path, action)

    typed = form | {"reason_fr": "intervenant empêché", "reason_en": "speaker unable to attend"}

    answer = await send(released, action, typed)

    assert answer.headers["location"] == f"{DESK}/programme?done=cancelled#s16"
    assert released.docs(Session)["nec-2018/s16"].reason == {
        "fr": "intervenant empêché",
        "en": "speaker unable to attend",
    }
    after = await released.web.get(path)
    assert "Cette session est annulée" in words(after)
    assert f"post {action}" not in Fields(after.text).forms
    again = await send(released, action, typed)
    assert again.headers["location"] == answer.headers["location"], "sent twice, it is one message"


async def test_a_session_that_is_not_there_is_not_found(released: House) -> None:
    form = await fields(released, f"{DESK}/programme/s12", f"{DESK}/programme/s12")
    for name in ("s99", "-x", "S12", "s" * 60):
        assert (await released.web.get(f"{DESK}/programme/{name}")).status_code == 404
        for action in ("", "/swap", "/cancel"):
            assert (await send(released, f"{DESK}/programme/{name}{action}", form)).status_code == 404


async def test_a_stranger_form_changes_nothing(released: House) -> None:
    before = released.docs(Session)
    answer = await send(released, f"{DESK}/programme/s12", {"room": "audito"})
    assert answer.status_code in (403, 422)
    assert released.docs(Session) == before


# ---- releases
async def test_the_next_release_is_read_in_words_and_made_by_a_button(released: House) -> None:
    await released.post(f"{NEC}/sessions/swap", {"a": "s06", "b": "s09"})
    await released.post(f"{NEC}/sessions/s12/move", {"room": "audito"})
    action = f"{DESK}/releases"
    said = words(await released.web.get(action))
    assert "Interopérabilité, standardisation, pérennité Horaire jeudi 13 septembre, 14 h à 15 h 30" in said
    assert "Après une fuite de données : que dire, que faire ? Salle Galerie Auditorium" in said
    form = await fields(released, action, action)

    answer = await send(released, action, form)

    assert answer.headers["location"] == f"{action}?done=released"
    said = words(await released.web.get(f"{action}?done=released"))
    assert "La version 2 est en ligne" in said
    assert "il n’y a rien à publier" in said
    again = await send(released, action, form)
    assert again.headers["location"] == answer.headers["location"], "sent twice, it is one release"


async def test_who_releases_what_somebody_else_has_released_reads_again_first(released: House) -> None:
    await released.post(f"{NEC}/sessions/s12/move", {"room": "audito"})
    form = await fields(released, f"{DESK}/releases", f"{DESK}/releases")
    await released.release()
    await released.post(f"{NEC}/sessions/s12/move", {"room": "galerie"})

    answer = await send(released, f"{DESK}/releases", form)

    assert answer.status_code == 409
    assert "Quelqu’un a publié une version entre-temps" in words(answer)
    assert Fields(answer.text).forms[f"post {DESK}/releases"]["n"] == "3"


async def test_two_releases_are_compared_a_day_is_looked_up_and_one_is_put_back(released: House) -> None:
    await released.post(f"{NEC}/sessions/s12/move", {"room": "audito"})
    await released.release()

    compared = words(await released.web.get(f"{DESK}/releases?from=2&to=1"))
    assert "Salle Auditorium Galerie" in compared
    then = words(await released.web.get(f"{DESK}/releases?on=2018-06-04"))
    assert "Le 4 juin 2018 au soir, la version 2 était en ligne" in then
    assert "aucun programme" in words(await released.web.get(f"{DESK}/releases?on=2018-06-03"))
    for nonsense in ("from=1", "from=1&to=9", "from=x&to=1", "on=yesterday"):
        assert (await released.web.get(f"{DESK}/releases?{nonsense}")).status_code == 404
    assert "Galerie" in words(await released.web.get(f"{DESK}/releases/1"))

    action = f"{DESK}/releases/1/restore"
    answer = await send(released, action, await fields(released, f"{DESK}/releases", action))

    assert answer.headers["location"] == f"{DESK}/programme?done=restored"
    assert released.docs(Session)["nec-2018/s12"].room == "galerie"


async def test_in_english_the_programme_desk_too(released: House) -> None:
    released.web.cookies.set("lang", "en")
    for path in ("programme", "programme/s12", "releases", "releases/1"):
        page = await released.web.get(f"{DESK}/{path}")
        assert page.headers["content-language"] == "en"


# ---- large programmes
async def test_a_large_programme_is_shown_a_day_at_a_time(released: House) -> None:
    hours = [(day, hour, minute) for day in (13, 14) for hour in range(18, 23) for minute in range(0, 60, 5)]
    events = (
        f'<event id="{n}"><date>2018-09-{day}T{hour}:{minute:02}:00</date><start>{hour}:{minute:02}</start>'
        f"<duration>00:05</duration><room>R{room}</room><title>Petite {n}</title></event>"
        for n, (room, (day, hour, minute)) in enumerate(((room, at) for room in range(4) for at in hours), 1)
    )
    body = f'<schedule><day date="2018-09-13"><room name="x">{"".join(events)}</room></day></schedule>'
    imported = await released.web.post(
        f"{NEC}/imports", content=body.encode(), headers={"content-type": "application/xml"}
    )
    assert imported.status_code == 202
    await released.until(released.clock.now())
    await released.release()

    desk, page = await released.web.get(f"{DESK}/programme"), await released.web.get("/fr/nec-2018/programme")
    second = await released.web.get("/fr/nec-2018/programme?day=2018-09-14")
    track = await released.web.get("/fr/nec-2018/programme?track=lieux")

    for first in (desk, page):
        assert ("Petite 1<" in first.text, "Petite 61<" in first.text) == (True, False)
        assert "Tous les jours" not in first.text
    assert ("Petite 1<" in second.text, "Petite 61<" in second.text) == (False, True)
    assert "Tous les jours" in track.text


@EXAMPLES
@given(st.lists(drafts(), min_size=2, max_size=6))
def test_a_grid_that_is_kept_up_is_the_grid_made_anew(history: list[list[Session]]) -> None:
    kept, course = Grids(), Course()
    for sessions in history:
        course.write(sessions)
        told = (EDITION, course.draft, sorted(course.sessions.values(), key=by_hour), course.programme)
        assert shown(kept.of(*told)) == shown(Grids().of(*told))
        course.release()


def shown(grid: Grid) -> list[Any]:
    def told(cell: Cell) -> tuple[Any, ...]:
        return (cell.session, cell.rooms, cell.changed, cell.cautions, [one.objects for one in cell.conflicts])

    lines = [
        [(line.starts_at, line.wide, [told(cell) for cell in line.cells]) for line in day.lines] for day in grid.days
    ]
    return [lines, [told(cell) for cell in grid.without], grid.gone, grid.changed, grid.to_look_at]
