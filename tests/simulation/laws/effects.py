"""Laws 1 and 2: each acknowledged command has one line; each fact has one effect a step, in order, in every room."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from tests.simulation import rooms
from tests.simulation.database import StormStore
from tests.simulation.laws.need import need
from tests.simulation.rooms import words
from tests.simulation.world import ROOMS, World

ODD = words.Odd.model_fields["type"].default


def acknowledged_once(world: World) -> None:
    """One line, one answer. Refused in every try, one after the other: no line."""
    written = {line["_id"]: line for line in world.stores["registration"].written}
    for (key, name), answers in world.people.told.items():
        [step] = rooms.A_STEPS.of(name)
        id = f"{key}/{step.__name__}"
        line, done = written.get(id), [answer for answer in answers if answer[0] == "done"]
        if id not in world.lost:
            told = all(line and answer[1] == line["answer"] for answer in done)
            need(told, 1, key, name, "was told", answers, "the line says", line and line["answer"])
            twice = key in world.people.twice
            need(done or not line or twice, 1, key, name, "was told a refusal and done all the same")


def once_in_order(world: World, room: str) -> None:
    """Each fact and each step for it: one line with effect, of this very fact, in the order of the stream. What cannot
    be read is parked, once."""
    effects: dict[str, list[str]] = defaultdict(list)
    parked: dict[str, int] = defaultdict(int)
    order: dict[str, int] = {}
    for line in world.stores[room].written:
        id = line["_id"].removesuffix("/replay")
        if line["outcome"] == "parked":
            parked[id] += 1
        else:
            effects[id].append(line["_id"])
            order[id] = line["n"]
    last: dict[tuple[str, int, str, str], int] = {}
    for source in ROOMS if room != "traces" else ():
        for parcel in parcels(world.stores[source]):
            for step in rooms.STEPS[room].of(parcel["type"]) if _is_heard(parcel, room) else ():
                id, what = f"{parcel['id']}/{step.__name__}", f"{room} {step.__name__} of {parcel['type']}"
                if parcel["type"] == ODD:
                    need(parked[id] == 1 and not effects[id], 2, what, id, "was parked", parked[id], "times")
                    continue
                need(len(effects[id]) == 1, 2, what, id, "has effects", effects[id])
                was = world.messages[room, id]
                # A life that was restored away may have told the same with other words.
                same = was.subject == parcel["subject"] and (
                    source in world.restored or was.raw.decode() == parcel["body"]
                )
                need(same, 2, what, id, "was", was.raw, "- the source says", parcel["body"])
                about = parcel["topic"], parcel["partition"], parcel["subject"], step.__name__
                need(last.get(about, 0) < order[id], 2, what, parcel["subject"], "out of order")
                last[about] = order[id]


def _is_heard(parcel: Mapping[str, Any], room: str) -> bool:
    return f"colloque.{parcel['topic']}" in rooms.HEARS[room]


def parcels(store: StormStore) -> Iterable[Mapping[str, Any]]:
    """Facts, in the order of their streams."""
    for line in store.written:
        yield from (parcel for parcel in line["parcels"] if parcel["topic"] != "contacts")


def ledgers_agree(world: World) -> None:
    """What T has kept of the streams of this life is what the journals hold, in their order."""
    kept = world.stores["traces"].docs(words.Ledger)
    for source in ROOMS[:3]:
        store = world.stores[source]
        want: dict[str, list[str]] = defaultdict(list)
        for line in store.written:
            want[f"{source}/{store.now.epoch}/{line['trace']['partition']}"].append(line["_id"])
        for key, lines in want.items():
            have = list(kept[key].lines) if key in kept else []
            need(have == lines, 2, "the ledger of", key, "differs:", have, lines)


def contacts_agree(world: World) -> None:
    copies = world.stores["notifications"].docs(words.Known)
    for person, one in world.stores["registration"].docs(words.Someone).items():
        copy = copies.get(person)
        same = copy and copy.erased == one.erased and (copy.erased or copy.revision == one.revision)
        need(same, "contacts", person, one, "differs from", copy)
