"""The dry run of the next release: what this room's page hands to the one that knows who has booked."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from pydantic import TypeAdapter

from colloque.contracts.fact import SessionChange
from colloque.contracts.scheduling import ProgrammeReleased
from colloque.web.previews import PreviewAgenda
from tests.scheduling.house import House, nec18_as
from tests.scheduling.test_console import DESK, NEC, fields

CHANGES = TypeAdapter(list[SessionChange])
ACTION = f"{DESK}/agenda/preview"


@pytest.fixture
async def released() -> AsyncIterator[House]:
    async with nec18_as("released") as house:
        yield house


async def test_the_page_hands_on_exactly_what_the_next_release_would_say(released: House) -> None:
    await released.post(f"{NEC}/sessions/s12/move", {"room": "audito"})
    reason = {"fr": "intervenant empêché", "en": "speaker unable to attend"}
    assert (await released.post(f"{NEC}/sessions/s16/cancel", {"reason": reason})).status_code == 200
    form = await fields(released, f"{DESK}/releases", ACTION)
    sent = PreviewAgenda.model_validate(PreviewAgenda.gather({"changes": [form["changes"]]}))
    handed = CHANGES.validate_json(sent.changes)
    assert {one.session: one.kinds for one in handed} == {"s12": ("room",), "s16": ("cancelled",)}
    assert handed[1].current is not None
    assert handed[1].current.reason == reason

    await released.release()
    assert list(released.said(ProgrammeReleased)[-1].changes) == handed


async def test_nobody_is_asked_about_where_nothing_changes(released: House) -> None:
    page = await released.web.get(f"{DESK}/releases")
    assert ACTION not in page.text
