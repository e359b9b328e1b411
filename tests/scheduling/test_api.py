"""The API as an organiser's program meets it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from colloque.contracts.scheduling import EditionAmended, EditionAnnounced, EditionOpened, ProgrammeReleased
from colloque.web import routes
from colloque_scheduling.domain.programme.draft import Draft
from colloque_scheduling.domain.programme.edition import Edition
from colloque_scheduling.domain.programme.session import Session
from tests.scheduling import nec18
from tests.scheduling.house import House, nec18_as

NEC = "/api/editions/nec-2018"


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with nec18_as("planned") as house:
        yield house


@pytest.fixture
async def filled() -> AsyncIterator[House]:
    async with nec18_as("filled") as house:
        yield house


def problem(answer: Any, status: int = 409) -> tuple[str, list[str]]:
    """The rule that said no, and the objects it names."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    told = answer.json()
    return told["type"].rpartition("/")[2], told.get("objects", [])


# ---- the story
async def test_the_organiser_of_nec18_prepares_releases_and_opens(filled: House) -> None:
    released = await filled.release()
    opened = await filled.post(f"{NEC}/open")

    assert (released.status_code, released.headers["location"]) == (201, f"{NEC}/releases/1")
    assert (released.json()["n"], released.json()["changes"]) == (1, 18)
    assert (opened.json()["state"], opened.json()["released"]) == ("open", 1)
    assert [type(fact) for fact in filled.facts] == [EditionAnnounced, ProgrammeReleased, EditionOpened]
    [fact] = filled.said(ProgrammeReleased)
    assert [track.id for track in fact.tracks] == ["lieux", "donnees", "communs"]
    assert [change.session for change in fact.changes] == [f"s{n:02}" for n in range(1, 19)]
    assert {change.current.revision for change in fact.changes if change.current} == {0}


async def test_the_figures_of_nec18_are_those_expected(filled: House) -> None:
    expected = nec18.load("expected.yaml")["nec18"]
    draft = (await filled.web.get(f"{NEC}/draft")).json()
    per_track = [sum(track["id"] in one["tracks"] for one in draft["sessions"]) for track in draft["tracks"]]

    assert len(draft["sessions"]) == expected["sessions"]
    assert per_track == [expected["sessions_per_track"]] * expected["tracks"]
    assert sum(one["format"] == "plenary" for one in draft["sessions"]) == expected["plenaries"]
    assert (draft["conflicts"], draft["warnings"], len(draft["changed"])) == ([], [], 18)
    in_a = [one for one in draft["sessions"] if one["time"]["starts_at"] == "2018-09-13T09:00:00Z"]
    assert sum(one["seats"] for one in in_a) == expected["room_seats_parallel_A"]


CONFLICTS = nec18.load("nec18_programme.yaml")["conflicts_to_detect"]


async def test_what_must_be_refused_is_refused_with_rule_and_objects(filled: House) -> None:
    speaker, room, access, track = CONFLICTS
    add = speaker["add"]
    answer = await filled.post(f"{NEC}/assignments", add)
    assert problem(answer) == (
        speaker["rule"].replace("_", "-"),
        ["person/yann-le-goff", "session/s02", "session/s04"],
    )

    taken = nec18.session("s02", id="s99", room=room["add"]["room"], slot=nec18.block(room["add"]["block"]), seats=9)
    answer = await filled.post(f"{NEC}/sessions", taken)
    assert problem(answer) == (
        room["rule"].replace("_", "-"),
        ["room/atelier3", "session/s99", "session/s04"],
    )

    needs = {name: access["add"][name] for name in ("session", "person", "role")}
    answer = await filled.post(f"{NEC}/assignments", {**needs, "access_needs": [access["add"]["access_need"]]})
    assert answer.status_code == 201
    assert [one["rule"] for one in answer.json()["warnings"]] == [access["rule"].replace("_", "-")]
    assert answer.json()["provisions"] == ["step_free"]

    trackless = nec18.session("s02", id="s99", tracks=[], slot=nec18.block("cross"))
    assert problem(await filled.post(f"{NEC}/sessions", trackless)) == (
        track["rule"].replace("_", "-"),
        ["session/s99"],
    )
    assert "s99" not in {one.key for one in filled.docs(Session).values()}


async def test_a_need_is_kept_as_what_must_be_provided_and_leaves_no_trace_with_a_person(filled: House) -> None:
    body = {"session": "s04", "person": "awa-ndiaye", "role": "speaker", "access_needs": ["mi", "pi"]}
    await filled.post(f"{NEC}/assignments", body)

    [kept] = [one for one in filled.docs(Session)["nec-2018/s04"].people if one.person == "awa-ndiaye"]
    assert kept.model_dump() == {
        "person": "awa-ndiaye",
        "role": "speaker",
        "state": "invited",
        "provisions": ("step_free",),
    }
    assert all("step_free" not in repr(line) and "step-free" not in repr(line) for line in filled.store.written)


async def test_a_session_outside_the_dates_or_over_capacity_is_refused(filled: House) -> None:
    outside = {"starts_at": "2018-09-15T09:00", "ends_at": "2018-09-15T10:00"}

    answer = await filled.web.patch(f"{NEC}/sessions/s02", json={"slot": outside})
    assert problem(answer) == ("session-outside-edition", ["session/s02", "edition/nec-2018"])
    answer = await filled.web.patch(f"{NEC}/sessions/s02", json={"seats": 241})
    assert problem(answer) == ("over-capacity", ["session/s02", "room/plateau"])
    answer = await filled.web.put(f"{NEC}/rooms/atelier3", json={"name": "Atelier 3", "capacity": 170})
    assert problem(answer) == ("over-capacity", ["session/s04", "room/atelier3"])
    answer = await filled.web.patch(NEC, json={"ends_on": "2018-09-13"})
    assert problem(answer) == ("session-outside-edition", ["session/s11", "edition/nec-2018"])


async def test_an_hour_that_does_not_exist_is_refused_at_its_field(house: House) -> None:
    await house.web.patch(NEC, json={"starts_on": "2018-03-24", "ends_on": "2018-03-25"})
    gap = nec18.session("s02", slot={"starts_at": "2018-03-25T02:30", "ends_at": "2018-03-25T05:00"})

    answer = await house.post(f"{NEC}/sessions", gap)

    assert problem(answer, 422)[0] == "time-in-gap"
    assert answer.json()["field"] == "slot.starts_at"


async def test_an_edition_goes_only_where_its_state_leads(house: House) -> None:
    await house.post(f"{NEC}/open")

    again = await house.post(f"{NEC}/open")
    assert problem(again) == ("illegal-transition", ["edition/nec-2018"])
    assert "open" in again.json()["detail"]
    assert problem(await house.post(f"{NEC}/announce"))[0] == "illegal-transition"
    assert (await house.post(f"{NEC}/postpone", {"reason": {"fr": "Grève"}})).json()["state"] == "postponed"
    assert (await house.post(f"{NEC}/announce")).json()["state"] == "announced"
    assert (await house.post(f"{NEC}/cancel")).json()["state"] == "cancelled"
    assert problem(await house.post(f"{NEC}/sessions", nec18.session("s02")))[0] == "edition-is-over"
    assert problem(await house.release())[0] == "edition-is-over"


# ---- the change after release 1
async def test_release_2_carries_what_moved_and_what_is_cancelled(filled: House) -> None:
    await filled.release()
    await filled.web.patch(f"{NEC}/sessions/s12", json={"room": "audito"})
    await filled.post(f"{NEC}/sessions/s16/cancel", {"reason": {"fr": "intervenant empêché"}})
    await filled.web.patch(f"{NEC}/sessions/s05", json={"seats": 200})
    assert (await filled.web.get(f"{NEC}/draft")).json()["changed"] == ["s05", "s12", "s16"]

    answer = await filled.post(f"{NEC}/releases", {"n": 2})

    assert answer.status_code == 201
    [_, fact] = filled.said(ProgrammeReleased)
    told = {one.session: (one.current.revision, one.current.state) for one in fact.changes if one.current}
    assert told == {"s05": (0, "published"), "s12": (1, "published"), "s16": (1, "cancelled")}
    assert problem(await filled.post(f"{NEC}/releases", {"n": 2}))[0] == "other-release"
    assert problem(await filled.release())[0] == "nothing-to-release"
    listed = (await filled.web.get(f"{NEC}/releases")).json()
    assert [(one["n"], one["changes"]) for one in listed] == [(2, 3), (1, 18)]
    first = (await filled.web.get(f"{NEC}/releases/1")).json()
    assert len(first["diff"]) == 18
    assert problem(await filled.web.get(f"{NEC}/releases/3"), 404)[0] == "no-such-release"


async def test_a_released_session_is_cancelled_and_not_taken_out(filled: House) -> None:
    assert (await filled.web.delete(f"{NEC}/sessions/s18")).status_code == 204
    await filled.release()

    assert problem(await filled.web.delete(f"{NEC}/sessions/s17")) == ("already-released", ["session/s17"])
    assert problem(await filled.web.delete(f"{NEC}/sessions/s18"), 404) == ("no-such-session", ["session/s18"])
    assert filled.docs(Draft)["nec-2018"].sessions == 17


# ---- saying things twice
async def test_the_same_request_twice_has_one_effect_and_one_answer(house: House) -> None:
    body = nec18.session("s02")

    first = await house.post(f"{NEC}/sessions", body, **{"Idempotency-Key": "k1"})
    again = await house.post(f"{NEC}/sessions", body, **{"Idempotency-Key": "k1"})
    other = await house.post(f"{NEC}/sessions", {**body, "seats": 3}, **{"Idempotency-Key": "k1"})
    anew = await house.post(f"{NEC}/sessions", body)

    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
    assert problem(other, 422)[0] == "other-payload"
    assert problem(anew) == ("already-there", ["session/s02"])


async def test_putting_the_same_again_changes_nothing(filled: House) -> None:
    await filled.release()
    before = {one.id: one.version for one in filled.store.every() if isinstance(one, Session | Draft)}
    for body in nec18.sessions():
        key = body.pop("id")
        assert (await filled.web.put(f"{NEC}/sessions/{key}", json=body)).status_code == 200
    for body in nec18.rooms():
        key = body.pop("id")
        assert (await filled.web.put(f"{NEC}/rooms/{key}", json=body)).status_code == 200
    for body in nec18.tracks():
        key = body.pop("id")
        assert (await filled.web.put(f"{NEC}/tracks/{key}", json=body)).status_code == 200
    for body in nec18.assignments():
        assert (await filled.post(f"{NEC}/assignments", body)).status_code == 201

    assert {one.id: one.version for one in filled.store.every() if isinstance(one, Session | Draft)} == before


async def test_an_edition_is_amended_and_everybody_hears_its_whole_frame(house: House) -> None:
    answer = await house.web.patch(NEC, json={"capacity": 900, "closes_at": None})

    assert (answer.json()["capacity"], answer.json()["closes_at"]) == (900, None)
    [fact] = house.said(EditionAmended)
    assert (fact.frame.capacity, fact.frame.title["fr"]) == (900, "Numérique en Commun[s] 2018")


async def test_people_are_put_in_sessions_found_and_taken_out(filled: House) -> None:
    listed = (await filled.web.get(f"{NEC}/assignments")).json()
    assert len(listed) == len(nec18.assignments())
    assert {one["state"] for one in listed} == {"invited"}

    address = f"{NEC}/assignments/s04.yann-le-goff.facilitator"
    assert (await filled.web.get(address)).json()["person"] == "yann-le-goff"
    assert (await filled.web.delete(address)).status_code == 204
    assert problem(await filled.web.get(address), 404)[0] == "no-such-assignment"
    moved = await filled.post(f"{NEC}/assignments", {"session": "s02", "person": "yann-le-goff", "role": "speaker"})
    assert moved.status_code == 201


async def test_moving_a_session_onto_its_speakers_other_session_is_refused(filled: House) -> None:
    answer = await filled.web.patch(f"{NEC}/sessions/s05", json={"room": "audito", "slot": nec18.block("A")})

    assert problem(answer) == ("speaker-double-booked", ["person/yann-le-goff", "session/s05", "session/s04"])


async def test_tracks_and_rooms_in_use_are_not_taken_out(filled: House) -> None:
    rule, objects = problem(await filled.web.delete(f"{NEC}/rooms/galerie"))
    assert (rule, objects[:2]) == ("still-used", ["room/galerie", "session/s03"])
    assert problem(await filled.web.delete(f"{NEC}/tracks/lieux"))[0] == "still-used"
    assert problem(await filled.web.delete(f"{NEC}/tracks/lune"), 404)[0] == "not-found"


# ---- who may
@pytest.mark.parametrize(
    ("role", "scope", "edits", "releases"),
    [
        ("organiser", "house", 201, 201),
        ("organiser", "series:nec", 201, 201),
        ("organiser", "edition:nec-2018", 201, 201),
        ("programme", "edition:nec-2018", 201, 403),
        ("programme", "edition:nec-2019", 403, 403),
        ("organiser", "series:other", 403, 403),
        ("desk", "edition:nec-2018", 403, 403),
        ("viewer", "edition:nec-2018", 403, 403),
    ],
)
async def test_a_token_opens_what_its_role_opens(
    house: House, role: str, scope: str, edits: int, releases: int
) -> None:
    await house.let_in(f"{role}-{scope}".replace(":", "-"), role, scope)

    assert (await house.post(f"{NEC}/sessions", nec18.session("s02"))).status_code == edits
    assert (await house.release()).status_code == releases
    sees = scope not in ("edition:nec-2019", "series:other")
    assert (await house.web.get(f"{NEC}/draft")).status_code == (200 if sees else 403)
    listed = (await house.web.get("/api/editions")).json()
    assert [one["id"] for one in listed] == (["nec-2018"] if sees else [])


async def test_without_a_token_nothing_opens(house: House) -> None:
    del house.web.headers["authorization"]

    answer = await house.post(f"{NEC}/open")

    assert problem(answer, 401)[0] == "sign-in"
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_an_organiser_of_a_series_plans_editions_of_it_and_of_no_other(house: House) -> None:
    await house.post("/api/series", {**nec18.series(), "id": "other"})
    await house.let_in("serge", "organiser", "series:nec")

    assert (await house.post("/api/editions", nec18.edition(id="nec-2019"))).status_code == 201
    stranger = nec18.edition(id="other-2019", series="other")
    assert problem(await house.post("/api/editions", stranger), 403)[0] == "not-allowed"
    taken = await house.web.patch("/api/editions/nec-2019", json={"series": "other"})
    assert problem(taken, 403)[0] == "not-allowed"


# ---- bad input
MEANINGLESS: list[dict[str, Any]] = [
    {"format": "party"},
    {"seats": -1},
    {"title": {}},
    {"title": {"en": "English alone"}},
    {"surprise": 1},
    {"title": {"fr": ""}},
    {"title": {"fr": "x" * 400}},
    {"tracks": ["Lieux; drop"]},
    {"slot": {"starts_at": "2018-09-13T11:00+02:00", "ends_at": "2018-09-13T12:30"}},
    {"notes_url": "javascript:alert(1)"},
    {"room": {"$ne": None}},
    {"id": "../s02"},
    {"id": "S 02"},
    {"title": {"fr": "NUL \0"}},
    {"slot": {"starts_at": "0001-01-01T00:00", "ends_at": "0001-01-01T01:00"}},
    {"languages": ["<b>"]},
]


async def test_what_cannot_be_meant_is_refused_and_nothing_is_kept(house: House) -> None:
    for values in MEANINGLESS:
        answer = await house.post(f"{NEC}/sessions", {**nec18.session("s02"), **values})

        assert answer.status_code == 422, values
        assert answer.headers["content-type"] == "application/problem+json"
        assert house.docs(Session) == {}


MEANINGLESS_PATCHES = (
    (f"{NEC}/sessions/s02", '{"surprise": 1}'),
    (f"{NEC}/sessions/s02", '{"seats": {"$gt": 0}}'),
    (f"{NEC}/sessions/s02", '{"seats": NaN}'),
    (f"{NEC}/sessions/s02", '{"seats": 99999999999999999999}'),
    (f"{NEC}/sessions/s02", '{"slot": "noon"}'),
    (f"{NEC}/sessions/s02", '{"slot": {"ends_at": "9999-12-31T23:59"}}'),
    (f"{NEC}/sessions/s02", '{"people": []}'),
    (f"{NEC}/sessions/s02", r'{"title": {"fr": "\ud800"}}'),
    (f"{NEC}/sessions/s02", '{"title":' * 900 + "1" + "}" * 900),
    (f"{NEC}/sessions/s02", "[]"),
    (NEC, '{"ends_on": "9999-12-31"}'),
    (NEC, '{"opens_at": "0001-01-01T00:00:00+12:00"}'),
    (NEC, '{"venue": {"name": null}}'),
    (NEC, '{"contact_email": "nobody"}'),
    (NEC, '{"contact_phone": "<script>"}'),
)


async def test_a_patch_that_cannot_be_meant_is_refused_and_changes_nothing(filled: House) -> None:
    before = {one.id: one for one in filled.store.every() if isinstance(one, Session | Edition)}
    for path, body in MEANINGLESS_PATCHES:
        headers = {"content-type": "application/json"}
        answer = await filled.web.patch(path, content=body.encode(), headers=headers)

        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), body[:60]
    assert {one.id: one for one in filled.store.every() if isinstance(one, Session | Edition)} == before


async def test_what_is_not_there_is_not_found(house: House) -> None:
    for path in ("sessions/s99", "releases/1", "assignments/s99.x.speaker"):
        assert (await house.web.get(f"{NEC}/{path}")).status_code == 404
    assert (await house.web.get("/api/series/none")).status_code == 404
    assert problem(await house.web.get("/api/editions/none-2018"), 404)[0] == "no-such-edition"
    assert (await house.post("/api/editions/none-2018/sessions", nec18.session("s02"))).status_code == 404
    assert problem(await house.post("/api/editions", nec18.edition(id="x", series="none")), 404)[0] == "no-such-series"


async def test_series_and_editions_are_planned_once(house: House) -> None:
    assert problem(await house.post("/api/series", nec18.series()))[0] == "already-there"
    assert problem(await house.post("/api/editions", nec18.edition())) == ("already-there", ["edition/nec-2018"])
    again = {**nec18.series(), "name": "NEC"}
    again.pop("id")
    assert (await house.web.put("/api/series/nec", json=again)).json()["name"] == "NEC"
    assert (await house.web.get("/api/series/nec")).json()["name"] == "NEC"


async def test_every_operation_is_documented_with_its_refusals(house: House) -> None:
    described = (await house.web.get("/api/openapi.json")).json()

    operations = [operation for path in described["paths"].values() for operation in path.values()]
    assert len(operations) > 30
    for operation in operations:
        assert operation["summary"], operation["operationId"]
        assert operation.get("description"), operation["operationId"]
        assert {"401", "403", "404", "409", "422"} <= operation["responses"].keys()


# ---- how much is looked at
async def test_a_change_looks_at_few_sessions_however_many_there_are(house: House) -> None:
    """The round trips of a move are the same with one session on the programme and with a hundred."""

    async def trips_of_a_move(room: str) -> int:
        before = house.store.trips["fetch"]
        moved = await house.web.patch(f"{NEC}/sessions/s02", json={"room": room})
        assert moved.status_code == 200, moved.text
        return house.store.trips["fetch"] - before

    await house.post(f"{NEC}/sessions", nec18.session("s02", seats=9))
    alone = await trips_of_a_move("galerie")
    for n in range(100):
        hour = {"starts_at": f"2018-09-14T{n // 5:02}:00", "ends_at": f"2018-09-14T{n // 5 + 1:02}:00"}
        room = nec18.rooms()[n % 5]["id"]
        body = nec18.session("s02", id=f"x{n}", room=room, slot=hour, seats=9)
        assert (await house.post(f"{NEC}/sessions", body)).status_code == 201

    assert await trips_of_a_move("plateau") == alone


# ---- the table of routes
async def test_the_table_of_routes_says_what_this_room_answers_and_to_whom(house: House) -> None:
    table = routes.load(Path(__file__).parents[2] / "deploy" / "routes.yaml")

    assert routes.differences(table, "scheduling", house.room.routers) == []
