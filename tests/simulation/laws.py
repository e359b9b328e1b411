"""The laws of journal.md §9, read from the databases after a storm."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from colloque.runtime.message import Kind, Message, command_message
from colloque.runtime.opening import OpenRoom, open_room
from colloque.runtime.parked import Parked
from colloque.runtime.store.port import Counter, Fetched
from colloque.runtime.turn import TRIES, Run, Turn
from colloque.runtime.work import Document, Find, Key, Steps, Timer, finds_of
from tests.simulation import rooms as small
from tests.simulation.world import DAWN, ROOMS, Broken, StormStore, World

NEVER = 9e9


def need(held: object, law: int | str, *words: object) -> None:
    if not held:
        raise Broken(f"{law}: " + " ".join(map(str, words)))


def check(world: World) -> None:
    for room in ROOMS:
        law_3(world, room)
    law_1(world)
    for room in ROOMS:
        law_2(world, room)
    ledger(world)
    law_5(world)
    contacts(world)


def law_1(world: World) -> None:
    """Acknowledged: one line, one answer. Refused in every try, one after the other: no line."""
    written = {line["_id"]: line for line in world.stores["registration"].written}
    for (key, name), answers in world.told.items():
        [step] = small.A_STEPS.of(name)
        id = f"{key}/{step.__name__}"
        line, done = written.get(id), [answer for answer in answers if answer[0] == "done"]
        if id not in world.lost:
            told = all(line and answer[1] == line["answer"] for answer in done)
            need(told, 1, key, name, "was told", answers, "the line says", line and line["answer"])
            need(done or not line or key in world.twice, 1, key, name, "was told a refusal and done all the same")


def law_2(world: World, room: str) -> None:
    """Each fact and each step for it: one line with effect, in the order of the stream."""
    effects: dict[str, int] = defaultdict(int)
    order: dict[tuple[str, str], int] = {}
    for n, line in enumerate(world.stores[room].written):
        if line["outcome"] != "parked":
            id = line["_id"].removesuffix("/replay")
            effects[id] += 1
            cause, _, step = id.rpartition("/")
            order[cause, step] = n
    last: dict[tuple[str, int, str, str], int] = {}
    for source in ROOMS if room != "traces" else ():
        for parcel in _parcels(world.stores[source]):
            if f"colloque.{parcel['topic']}" in small.HEARS[room]:
                for step in small.STEPS[room].of(parcel["type"]):
                    id = f"{parcel['id']}/{step.__name__}"
                    need(
                        effects[id] == 1,
                        2,
                        room,
                        step.__name__,
                        "of",
                        parcel["type"],
                        id,
                        "has",
                        effects[id],
                        "effects",
                    )
                    about = parcel["topic"], parcel["partition"], parcel["subject"], step.__name__
                    n = order[parcel["id"], step.__name__]
                    need(last.get(about, -1) < n, 2, room, step.__name__, parcel["subject"], "out of order")
                    last[about] = n


def _parcels(store: StormStore) -> Iterable[Mapping[str, Any]]:
    """Facts, in the order of their streams."""
    for line in store.written:
        yield from (parcel for parcel in line["parcels"] if parcel["topic"] != "contacts")


def ledger(world: World) -> None:
    """What T has kept of the streams of this life is what the journals hold, in their order."""
    kept = world.stores["traces"].docs(small.Ledger)
    for source in ROOMS[:3]:
        store = world.stores[source]
        want: dict[str, list[str]] = defaultdict(list)
        for line in store.written:
            want[f"{source}/{store.now.epoch}/{line['trace']['partition']}"].append(line["_id"])
        for key, lines in want.items():
            have = list(kept[key].lines) if key in kept else []
            need(have == lines, 2, "the ledger of", key, "differs:", have, lines)


def contacts(world: World) -> None:
    copies = world.stores["notifications"].docs(small.Known)
    for person, one in world.stores["registration"].docs(small.Someone).items():
        copy = copies.get(person)
        same = copy and copy.erased == one.erased and (copy.erased or copy.revision == one.revision)
        need(same, "contacts", person, one, "differs from", copy)


# ------------------------------------------------------------------------------------------- law 3: one by one
class Alone:
    """One process that handles messages one by one, on documents of its own."""

    def __init__(self, room: str) -> None:
        self.room = room
        self.documents: dict[Key, Document] = {}

    async def fetch(self, keys: Sequence[Key], finds: Sequence[Find]) -> Fetched:
        met = {find: tuple(key for key, one in self._sorted() if find in set(finds_of(one))) for find in finds}
        every = [*keys, *(key for found in met.values() for key in found)]
        return Fetched({key: self.documents.get(key) for key in every}, met)

    def _sorted(self) -> list[tuple[Key, Document]]:
        return sorted(self.documents.items(), key=lambda item: item[0][1])

    async def run(self, message: Message, at: datetime) -> tuple[Run, Turn]:
        turn = Turn(self.room, b"sim", at, Counter(parked=1), self.fetch)
        turn.add(message)
        await turn.run_and_settle()
        return turn.runs[message][0], turn

    def lay(self, turn: Turn) -> None:
        for key, document in turn.view.over.items():
            if document is None:
                self.documents.pop(key, None)
            else:
                self.documents[key] = document


def law_3(world: World, room: str) -> None:
    """Lines and documents equal those of one process that handled the lines in order of n; refusals were true; quotas
    hold."""
    asyncio.run(_law_3(world, room))


async def _law_3(world: World, room: str) -> None:
    alone, true = Alone(room), set[int]()
    steps = _steps(room)

    async def refused(n: int) -> None:
        for i, no in enumerate(world.refusals if room == "registration" and not world.restored else ()):
            if no.first <= n <= no.last and i not in true:
                name = type(no.command).__name__
                run, _ = await alone.run(
                    command_message(Kind.COMMAND, no.command, no.cause, small.A_STEPS.of(name)), DAWN
                )
                if run.outcome == "refused":
                    true.add(i)

    await refused(0)
    for n, line in enumerate(world.stores[room].written, 1):
        what = f"{room} line {n} {line['_id']}"
        need(line["n"] == n, 3, what, "has the number", line["n"])
        message = world.messages[room, line["_id"]]
        step = steps.named(message.type, line["step"])
        assert step is not None, what
        if message.timer:
            timer = alone.documents.get((Timer, message.timer.id))
            set_by = isinstance(timer, Timer) and timer.set_by == message.timer.set_by
            need(set_by, 3, what, "was fired though moved or gone")
        first = line["outcome"] == "parked" and line["reason"] != "behind an earlier one"
        again = replace(
            message,
            steps=(step,),
            reply=None,
            doom=None,
            tries=TRIES + 1 if first else 0,
            bugs={line["step"]: line["reason"]} if first else {},
            layer={},
        )
        run, turn = await alone.run(again, line["at"])
        if run.bug is not None:
            raise run.bug
        now = run.outcome, run.answer
        need(now == (line["outcome"], line["answer"]), 3, what, line["outcome"], line["answer"], "- one by one:", *now)
        want = [(p["id"], p["subject"], p["body"]) for p in run.line(0)["parcels"]]
        have = [(p["id"], p["subject"], p["body"]) for p in line["parcels"]]
        need(want == have, 3, what, "tells other facts:", have, "- one by one:", want)
        alone.lay(turn)
        await refused(n)
    for i, no in enumerate(world.refusals if room == "registration" and not world.restored else ()):
        need(
            i in true, 3, no.cause.id, no.command, "was refused between the lines", no.first, "and", no.last, "wrongly"
        )
    _compare(world, room, alone)


def _steps(room: str) -> Steps:
    return small.STEPS[room].joined(Steps().on(OpenRoom, open_room))


def _compare(world: World, room: str, alone: Alone) -> None:
    quiet = (small.Ledger, small.Known)
    have = {(type(one), one.id): one for one in world.stores[room].every() if not isinstance(one, quiet)}
    for key in {**have, **alone.documents}:
        a, b = have.get(key), alone.documents.get(key)
        if key[0] is not Parked:
            need(a == b, 3, room, key[0].__name__, key[1], a, "- one by one:", b)
    if room == "registration":
        names = [one.name for one in have.values() if isinstance(one, small.Badge)]
        need(len(names) == len(set(names)), 3, "badges are not unique:", names)
        for edition in ("e0", "e1"):
            seats = have.get((small.Seats, edition), small.Seats(id=edition))
            assert isinstance(seats, small.Seats)
            held = sum(
                one.state in ("confirmed", "offered")
                for one in have.values()
                if isinstance(one, small.Reg) and one.edition == edition
            )
            need(0 <= seats.free == small.CAPACITY - held, 3, edition, "has", held, "held and", seats.free, "free")


# -------------------------------------------------------------------------------------------------- law 5: mails
def law_5(world: World) -> None:
    """Of one lane nothing is sent while another is under way; a mail goes again only if the lease ran out, or the
    connection was lost, before its report was committed; nothing older after something newer; what is sent was
    accepted."""
    store, skew = world.stores["notifications"], 1.0 if "skew" in world.faults else 0.0
    sends = sorted(world.sends, key=lambda sending: sending.start)
    accepted = {sending.letter for sending in sends if sending.accepted}
    for letter in store.docs(small.Letter).values():
        need(letter.state != "sent" or letter.id in accepted, 5, letter.id, "is sent and was never accepted")
    reports = world.reports
    for i, b in enumerate(sends):
        for a in sends[:i]:
            if (a.lane, a.life) == (b.lane, b.life):
                done = min((at for at in reports[a.letter] if at >= a.start), default=NEVER) <= b.start
                free = done or (a.by is not b.by and a.until - skew <= b.start)
                need(free, 5, b.letter, "was sent while", a.letter, "was under way")
                again = done and a.letter == b.letter and a.accepted and not a.lost
                need(not again, 5, b.letter, "was sent again")
                late = a.revision > b.revision and a.accepted and "registration" not in world.restored
                need(not late, 5, b.letter, "was sent after", a.letter)
