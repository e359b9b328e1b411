"""Names and addresses stay in the rooms that need them; on the way between them they travel in one topic only. What is
searched is the whole story, to its end: A2 and A3 have been told in the same house."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

from colloque.runtime.store.mongo import MongoStore, connect
from colloque_embedded.servers.database import mongodb_address
from colloque_embedded.story.nec18 import Nec18
from tests.stories.houses import FullHouse
from tests.stories.leaks import Sieve
from tests.stories.records import every_record

ROOMS = ("registration", "scheduling", "notifications", "traces")
DISTINCT = ("r0042", "r0117", "r0203", "r0288", "r0451", "r0183", "r0182", "r0274", "r0011", "r0028", "r0035", "r0433")
"""Rows whose names are long or strange enough to stand nowhere by accident: two of them registered by somebody else."""


@cache
def sieve() -> Sieve:
    data = Nec18()
    names = [data.rows[id].told["family"] for id in DISTINCT if len(data.rows[id].told["family"]) > 3]
    addresses = {row.mailbox for row in data.rows.values()} | {one["email"] for one in data.speakers}
    return Sieve(names, addresses, "example.org")


async def on_the_broker(here: FullHouse) -> dict[str, bytes]:
    places: dict[str, list[bytes]] = {}
    for one in await every_record(f"127.0.0.1:{here.house.ports.broker}"):
        headers = [part for name, value in one.headers for part in (name.encode(), value)]
        places.setdefault(one.topic, []).extend((one.key, one.value, *headers))
    return {topic: b"\n".join(parts) for topic, parts in places.items()}


async def in_the_journals(here: FullHouse) -> dict[str, bytes]:
    client, places = connect(mongodb_address(here.house.ports.database)), {}
    try:
        for room in ROOMS:
            store = MongoStore(client, room, "colloque_")
            end = (await store.counter()).n
            lines: list[Any] = []
            for first in range(1, end + 1, 500):
                lines += await store.journal(first, min(end, first + 499))
            assert len(lines) == end
            places[f"the journal of {room}"] = "\n".join(repr(_whole(line)) for line in lines).encode()
    finally:
        await client.close()
    return places


def in_the_logs(here: FullHouse) -> dict[str, bytes]:
    return {f"log/{path.name}": path.read_bytes() for path in sorted((here.house.data / "log").iterdir())}


def in_addresses(here: FullHouse) -> dict[str, bytes]:
    assert len(here.played.urls) > 3 * 853
    asked = [*here.played.urls, *(url for visitor in here.visitors for url in visitor.asked)]
    for link in ("confirm", "registration", "offer"):
        assert any(f"/{link}/" in url for url in asked)
    return {"the addresses asked for": "\n".join(asked).encode()}


async def test_no_name_and_no_address_leaves_but_in_contacts(full_house: FullHouse) -> None:
    topics = await on_the_broker(full_house)
    contacts = topics.pop("colloque.contacts")
    assert {"colloque.registration", "colloque.notifications", "colloque.scheduling", "colloque.traces"} <= set(topics)
    for row in full_house.data.rows.values():
        assert row.mailbox.encode() in contacts
    assert len(sieve().found({"contacts": contacts})) > len(DISTINCT) // 2

    elsewhere = {
        **topics,
        **await in_the_journals(full_house),
        **in_the_logs(full_house),
        **in_addresses(full_house),
    }
    assert all(elsewhere[f"the journal of {room}"] for room in ROOMS)
    for fact in (b"agenda.changed.v1", b"registration.place_offered.v1", b"programme.released.v1"):
        assert fact in topics["colloque.registration"] + topics["colloque.scheduling"]
    assert sieve().found(elsewhere) == []


def test_a_leak_planted_for_it_is_found_in_every_dress() -> None:
    row = Nec18().rows["r0183"]
    name, address = row.told["family"], Nec18().rows["r0011"].mailbox
    leaks: Mapping[str, bytes] = {
        "plain": f'{{"family": "{name}"}}'.encode(),
        "an address": f"to {address}".encode(),
        "in a URL": f"/fr/nec-2018/sent?to={quote(address, safe='')}".encode(),
        "escaped": f'"{name}"'.encode("ascii", "backslashreplace"),
        "base64": b64encode(f"to: {address}".encode()),
        "base64, one on": b64encode(f"to:  {address}".encode()),
        "base64, two on": b64encode(f"to:   {address}".encode()),
        "hex": f"x{name}y".encode().hex().encode(),
        "sha256": hashlib.sha256(address.encode()).hexdigest().encode(),
        "sha1, base64": b64encode(hashlib.sha1(address.encode(), usedforsecurity=False).digest()),
        "blake2b": hashlib.blake2b(address.encode(), digest_size=16).hexdigest().encode(),
    }
    found = sieve().found({"clean": b"registration.confirmed.v1 r0183 5qne8h9pkm5bde6exr5g", **leaks})
    assert {line.partition(": ")[0] for line in found} == set(leaks)


def _whole(line: Any) -> Any:
    if is_dataclass(line) and not isinstance(line, type):
        return asdict(line)
    return line
