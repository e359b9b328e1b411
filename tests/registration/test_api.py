"""What programs ask: people, organisers, tokens, registrations, seats."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any

import httpx
import pytest

from colloque.web.rights import hashed
from colloque_registration.commands import GrantRole, IssueToken
from colloque_registration.domain.people import Person
from tests.registration.browsing import BASE
from tests.registration.house import House, house
from tests.registration.nec18 import NADIA
from tests.registration.test_organisers import LEA, granted
from tests.registration.test_registering import YANN

KENJI = {
    "external_id": "kenji-sato",
    "given": "健二",
    "family": "佐藤",
    "email": "kenji.sato@example.org",
    "locale": "en",
}


async def program(here: House, role: str = "owner", scope: str = "house", grant: GrantRole = LEA) -> httpx.AsyncClient:
    organiser, secret = await granted(here, grant), f"secret-{role}-{scope}"
    await here.do(
        IssueToken.model_validate({"organiser": organiser, "role": role, "scope": scope, "hash": hashed(secret)})
    )
    transport = httpx.ASGITransport(here.app)
    return httpx.AsyncClient(transport=transport, base_url=BASE, headers={"authorization": f"Bearer {secret}"})


async def test_a_person_is_described_once_and_known_by_the_same_name_ever_after() -> None:
    async with house() as here:
        api = await program(here)
        first, second = await api.post("/api/people", json=KENJI), await api.post("/api/people", json=KENJI)
        assert (first.status_code, second.status_code) == (201, 200)
        assert first.json() == second.json()
        changed = await api.post("/api/people", json={**KENJI, "given": "Kenji", "family": "Sato"})
        assert changed.json() == first.json()
        assert here.get(Person, first.json()["person"]).family == "Sato"


async def test_the_same_idempotency_key_gives_the_first_answer() -> None:
    async with house() as here:
        api = await program(here)
        answers = [await api.post("/api/people", json=KENJI, headers={"idempotency-key": "people-1"}) for _ in range(2)]
        assert [one.status_code for one in answers] == [201, 201]
        other = await api.post("/api/people", json={**KENJI, "given": "K"}, headers={"idempotency-key": "people-1"})
        assert (other.status_code, other.json()["type"].rsplit("/", 1)[1]) == (422, "other-payload")


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "not an address"},
        {"given": ""},
        {"given": "\u0007bell"},
        {"locale": "de"},
        {"external_id": ""},
        {"surname": "Sato"},
        {"email": {"$ne": ""}},
    ],
)
async def test_what_cannot_be_meant_is_a_problem_that_names_the_field(wrong: dict[str, Any]) -> None:
    async with house() as here:
        answer = await (await program(here)).post("/api/people", json={**KENJI, **wrong})
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["field"] == next(iter(wrong))
        assert "kenji" not in answer.text


async def test_without_a_token_there_is_no_answer() -> None:
    async with house() as here:
        transport = httpx.ASGITransport(here.app)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as nobody:
            for path in ("/api/editions/nec-2018/registrations", "/api/editions/nec-2018/seats"):
                assert (await nobody.get(path)).status_code == 401
            assert (await nobody.post("/api/people", json=KENJI)).status_code == 401


async def test_a_token_does_what_its_role_and_scope_say_and_no_more() -> None:
    async with house() as here:
        viewer = await program(here, "viewer", "edition:nec-2018")
        assert (await viewer.get("/api/editions/nec-2018/seats")).status_code == 200
        assert (await viewer.get("/api/editions/nec-2018/registrations")).status_code == 403
        assert (await viewer.post("/api/people", json=KENJI)).status_code == 403
        assert (await viewer.post("/api/tokens", json={"role": "owner", "scope": "house"})).status_code == 403
        desk = await program(here, "desk", "edition:nec-2019")
        assert (await desk.get("/api/editions/nec-2018/registrations")).status_code == 403


async def test_registrations_come_by_number_page_after_page() -> None:
    async with house() as here:
        for n in range(7):
            await here.submit(NADIA.model_copy(update={"email": f"p{n}@example.org", "sessions": ()}))
        await here.register(YANN)
        api, seen, after = await program(here), list[int](), 0
        while True:
            page = (await api.get(f"/api/editions/nec-2018/registrations?after={after}&limit=3")).json()
            seen += [one["number"] for one in page["registrations"]]
            if page["next_after"] is None:
                break
            after = page["next_after"]
        assert seen == [1, 2, 3, 4, 5, 6, 7, 8]
        last = page["registrations"][-1]
        assert (last["state"], last["sessions"]) == ("confirmed", ["s02", "s07"])
        assert "yann" not in str(page).casefold()


async def test_seats_are_figures() -> None:
    async with house(capacity=1) as here:
        await here.register(NADIA)
        await here.register(YANN)
        seats = (await (await program(here)).get("/api/editions/nec-2018/seats")).json()
        assert {k: seats[k] for k in ("capacity", "confirmed", "held", "places_left", "waitlisted")} == {
            "capacity": 1,
            "confirmed": 1,
            "held": 0,
            "places_left": 0,
            "waitlisted": 1,
        }
        assert seats["sessions"][1] == {"session": "s02", "seats": 2, "taken": 1, "bookable": True}


async def test_an_edition_nobody_knows_is_a_problem_with_a_name() -> None:
    async with house() as here:
        answer = await (await program(here)).get("/api/editions/nec-1918/seats")
        assert (answer.status_code, answer.json()["objects"]) == (404, ["edition/nec-1918"])


async def test_an_owner_grants_and_revokes() -> None:
    async with house() as here:
        api = await program(here)
        yann = {"email": "yann@example.org", "given": "Yann", "family": "Le Goff", "role": "desk"}
        given = await api.post("/api/organisers", json={**yann, "scope": "edition:nec-2018"})
        assert given.status_code == 201
        assert given.json()["grants"] == [{"role": "desk", "scope": "edition:nec-2018"}]
        organiser = given.json()["organiser"]
        gone = await api.post(f"/api/organisers/{organiser}/revoke", json={"role": "desk", "scope": "edition:nec-2018"})
        assert gone.json()["grants"] == []
        assert [one["type"] for one in here.facts("organiser.revoked.v1")] == ["organiser.revoked.v1"]
        assert (await api.get("/api/organisers/nobody")).status_code == 404


async def test_a_token_is_shown_once_and_can_be_ended() -> None:
    async with house() as here:
        api = await program(here)
        asked = {"role": "viewer", "scope": "edition:nec-2018"}
        first = await api.post("/api/tokens", json=asked, headers={"idempotency-key": "t"})
        again = await api.post("/api/tokens", json=asked, headers={"idempotency-key": "t"})
        assert first.status_code == 201
        assert again.json() == {"token": first.json()["token"], "secret": None}
        secret = first.json()["secret"]
        assert secret not in repr([*here.store.every(), *here.store.written])
        viewer = {"authorization": f"Bearer {secret}"}
        assert (await api.get("/api/editions/nec-2018/seats", headers=viewer)).status_code == 200
        assert (await api.delete(f"/api/tokens/{first.json()['token']}")).status_code == 204
        here.forget_glances()
        assert (await api.get("/api/editions/nec-2018/seats", headers=viewer)).status_code == 401


async def test_a_token_ends_at_an_instant_that_is_one_everywhere() -> None:
    async with house() as here:
        api = await program(here)
        asked = {"role": "viewer", "scope": "edition:nec-2018"}
        for until in ("2018-09-20T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "soon"):
            refused = await api.post("/api/tokens", json={**asked, "expires_at": until})
            assert (refused.status_code, refused.json()["field"]) == (422, "expires_at")
        end = here.clock.now() + timedelta(days=1)
        told = end.astimezone(timezone(timedelta(hours=9))).isoformat()
        secret = (await api.post("/api/tokens", json={**asked, "expires_at": told})).json()["secret"]
        viewer = {"authorization": f"Bearer {secret}"}
        assert (await api.get("/api/editions/nec-2018/seats", headers=viewer)).status_code == 200
        here.clock.at = end
        assert (await api.get("/api/editions/nec-2018/seats", headers=viewer)).status_code == 401


async def test_whoever_is_no_owner_ends_only_their_own_tokens() -> None:
    async with house() as here:
        owner = await program(here)
        theirs = (await owner.post("/api/tokens", json={"role": "owner", "scope": "house"})).json()["token"]
        yann = LEA.model_copy(update={"email": "y@example.org", "role": "organiser", "scope": "edition:nec-2018"})
        organiser = await program(here, "organiser", "edition:nec-2018", yann)
        assert (await organiser.delete(f"/api/tokens/{theirs}")).status_code == 403
        own = await organiser.post("/api/tokens", json={"role": "desk", "scope": "edition:nec-2018"})
        assert own.status_code == 201
        assert (await organiser.delete(f"/api/tokens/{own.json()['token']}")).status_code == 204


async def test_every_route_is_described() -> None:
    async with house() as here:
        described = (await (await program(here)).get("/api/openapi.json")).json()["paths"]
        for path in ("/api/people", "/api/organisers", "/api/tokens", "/api/editions/{edition}/seats"):
            assert path in described
