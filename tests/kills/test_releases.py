"""A release reaches those whom it concerns, once, whatever dies while they are told."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from colloque_embedded.story import Organiser, Refused
from tests.kills.account import HERE, account
from tests.kills.crowd import AGAIN, COME_AGAIN, Crowd
from tests.kills.stage import EDITION, Stage, Victim

pytestmark = [pytest.mark.kills, pytest.mark.timeout(300)]

OFF = "matin-b"


async def insist(ask: Callable[[], Awaitable[Any]]) -> Any:
    while True:
        try:
            return await ask()
        except httpx.TransportError:
            pass
        except Refused as refused:
            if refused.status not in COME_AGAIN:
                raise
        await asyncio.sleep(AGAIN)


async def change_the_programme(organiser: Organiser) -> None:
    """Every session: one in another room, one at another hour, one cancelled."""
    await organiser.post(f"{HERE}/rooms", {"id": "autre", "name": "Autre salle", "capacity": 300})
    await organiser.post(f"{HERE}/sessions/matin-a/move", {"room": "autre"})
    slot = (await organiser.get(f"{HERE}/sessions/soir-a"))["slot"]
    later = {name: slot[name].replace("T17", "T20").replace("T18", "T21") for name in ("starts_at", "ends_at")}
    await organiser.post(f"{HERE}/sessions/soir-a/move", {"slot": later})
    await organiser.post(f"{HERE}/sessions/{OFF}/cancel", {"reason": {"fr": "Intervenant empêché"}})


async def some_are_told(organiser: Organiser) -> None:
    """As the desk sees it, and others not yet: the moment for a fault."""
    telling = {"told": 0}
    while not telling["told"]:
        await asyncio.sleep(0.005)
        telling = await insist(lambda: organiser.get(f"{HERE}/agenda"))
    assert telling["release"] == 2, "all are told already"


async def digests_have_come(crowd: Crowd, count: int) -> None:
    known = len(crowd.boxes.mails)
    while len(crowd.boxes.mails) < known + count:
        crowd.boxes.look()
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("victim", ["rooms", "database", "broker"])
async def test_everybody_concerned_gets_one_digest_whatever_dies_while_they_are_told(
    full: Crowd, victim: Victim
) -> None:
    stage = full.stage
    for person in full.people[: stage.places]:
        if person.sessions:
            person.also.append("programme_changed_digest")
            person.sessions = tuple(session for session in person.sessions if session != OFF)
    concerned = sum(bool(person.also) for person in full.people)
    assert concerned > 100
    async with stage.organiser() as organiser:
        await change_the_programme(organiser)
        release = asyncio.create_task(
            insist(lambda: organiser.post(f"{HERE}/releases", {"n": 2}, key="the-second")),
        )
        await some_are_told(organiser)
        await stage.kill(victim)
        assert (await release)["n"] == 2
        await digests_have_come(full, 10)
        await stage.kill(victim)
        await account(stage, full)
        await the_release_is_whole(stage, organiser, concerned)


async def the_release_is_whole(stage: Stage, organiser: Organiser, concerned: int) -> None:
    assert [one["n"] for one in await organiser.get(f"{HERE}/releases")] == [2, 1]
    changes = {one["session"]: one["what"] for one in (await organiser.get(f"{HERE}/releases/2"))["diff"]}
    assert len(changes) == 3
    telling = await organiser.get(f"{HERE}/agenda")
    assert (telling["release"], telling["done"], telling["told"]) == (None, 2, concerned)
    async with httpx.AsyncClient(base_url=stage.url) as anybody:
        programme = (await anybody.get(f"/fr/{EDITION}/programme.json")).json()
    assert programme["release"] == 2
    assert {one["id"]: one["state"] for one in programme["sessions"]}[OFF] == "cancelled"
    seats = {one["session"]: one["taken"] for one in (await organiser.get(f"{HERE}/seats"))["sessions"]}
    assert seats[OFF] == 0
