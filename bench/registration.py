"""Complete registrations a second, and what one costs over all processes, on one contended edition; beside a bare
FastAPI application that inserts one document into the same database. And `turns`: the same with one message a turn."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.figures import Figure, at_least, at_most, times_at_least
from bench.floor import Floor, floor
from bench.people import Crowd, Post
from bench.plan import Plan
from bench.stage import SITES, Stage, cpu_seconds, edition, stage


@dataclass
class Round:
    people: int
    rate: float
    """A second, from the first form until no room has anything left to do."""
    parts: dict[str, float]
    """CPU milliseconds a registration, of each part of the house."""
    client: float
    """Of one processor, by whoever measures."""
    again: int
    seconds: dict[str, list[float]]
    rooms: dict[str, dict[str, Any]]

    @property
    def cpu(self) -> float:
        return sum(self.parts.values())

    @property
    def trips(self) -> float:
        """Round trips to the database."""
        return sum(sum(room["trips"].values()) for room in self.rooms.values())


async def one_round(
    stage: Stage, name: str, sessions: Sequence[str], *, people: int, at_once: int, warm: int, seed: int = 1
) -> Round:
    """`name`: of the edition; `seed`: others than before."""
    everybody, counted = range(warm + people), range(warm, warm + people)
    async with Post(stage.mailbox) as post:
        # One session of each moment: nobody is in two rooms at once.
        crowd = Crowd(stage.port, name, tuple(sessions[::SITES]), post, seed)
        await crowd.rush(range(warm), at_once)
        await stage.at_rest()
        crowd.seconds.clear()
        before, parts, mine = await stage.status(), stage.cpu(), time.process_time()
        began = time.perf_counter()
        await crowd.rush(counted, at_once)
        took, client = time.perf_counter() - began, time.process_time() - mine
        over = await stage.at_rest()
        spent, after = stage.cpu(), await stage.status()
        crowd.check(everybody)
    return Round(
        people=people,
        rate=people / (over - began),
        parts={part: (spent[part] - parts[part]) / people * 1000 for part in spent},
        client=client / took,
        again=crowd.again,
        seconds=dict(crowd.seconds),
        rooms={room: _spent(before[room], after[room], people) for room in after},
    )


def _spent(before: dict[str, Any], after: dict[str, Any], people: int) -> dict[str, Any]:
    def grown(what: str) -> Counter[str]:
        return Counter(after[what]) - Counter(before[what])

    turns = grown("turns")
    size = sum(int(n) * times for n, times in turns.items()) / max(1, turns.total())
    trips = {kind: round(times / people, 2) for kind, times in grown("trips").items()}
    return {
        "turns": round(turns.total() / people, 3),
        "size": round(size, 1),
        "trips": trips,
        "counts": dict(grown("counts")),
    }


@dataclass
class FloorRound:
    rate: float
    cpu: float
    client: float


async def floor_round(bare: Floor, database: int, count: int, at_once: int) -> FloorRound:
    """`database`: its process. The house stands idle meanwhile."""
    await bare.forms(max(at_once, count // 10), at_once)
    before, mine = bare.cpu + cpu_seconds(database), time.process_time()
    took = await bare.forms(count, at_once)
    client = (time.process_time() - mine) / took
    return FloorRound(count / took, (bare.cpu + cpu_seconds(database) - before) / count * 1000, client)


async def registration(plan: Plan) -> Sequence[Figure]:
    rounds, floors = list[Round](), list[FloorRound]()
    async with stage(plan) as house, floor(house.house.ports.database) as bare:
        database = house.parts()["database"]
        for n in range(plan.rounds):
            rounds.append(await in_new_edition(house, f"bench-{n}", plan, plan.people))
            floors.append(await floor_round(bare, database, plan.people, plan.at_once))
            print(told(rounds[-1]))
            low = floors[-1]
            print(f"  floor: {low.rate:.0f} a second, {low.cpu:.2f} ms each, client {low.client:.0%}", flush=True)
    cpu, rate = (14, 100) if plan.rust else (20, 60)
    return [
        Figure(
            "registration.cpu",
            median(one.cpu for one in rounds),
            "ms each",
            median(one.cpu for one in floors),
            at_most(cpu),
        ),
        Figure(
            "registration.rate",
            median(one.rate for one in rounds),
            "a second",
            median(one.rate for one in floors),
            at_least(rate),
        ),
        # An insert is one.
        Figure("registration.trips", median(one.trips for one in rounds), "round trips each", 1, at_most(8)),
        Figure("registration.client", median(one.client for one in rounds) * 100, "% of a processor"),
    ]


async def turns(plan: Plan) -> Sequence[Figure]:
    """Its floor is the house as it is: turns must at least halve what one message a turn costs."""
    async with stage(plan) as house:
        usual = await in_new_edition(house, "bench-turns", plan, plan.turns)
        print(told(usual))
    async with stage(plan, settings={"COLLOQUE_TURN_LIMIT": "1"}) as house:
        one = await in_new_edition(house, "bench-turns", plan, plan.turns)
        print(told(one))
    return [
        Figure("turns.cpu", one.cpu, "ms each, limited to one", usual.cpu, times_at_least(2)),
        Figure("turns.rate", one.rate, "a second, limited to one", usual.rate),
    ]


async def in_new_edition(house: Stage, name: str, plan: Plan, people: int) -> Round:
    warm = min(plan.warm, people)
    return await one_round(house, name, await edition(house, name), people=people, at_once=plan.at_once, warm=warm)


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def told(one: Round) -> str:
    parts = ", ".join(f"{name} {value:.2f}" for name, value in one.parts.items())
    lines = [f"  {one.rate:.1f} a second, {one.cpu:.1f} ms each: {parts}; client {one.client:.0%}, again {one.again}"]
    for what, values in sorted(one.seconds.items()):
        p50, p99 = percentile(values, 0.5) * 1e3, percentile(values, 0.99) * 1e3
        lines.append(f"    {what:28} p50 {p50:7.1f} ms   p99 {p99:7.1f} ms")
    for room, spent in one.rooms.items():
        trips = sum(spent["trips"].values())
        turns = f"{spent['turns']} turns of {spent['size']}"
        lines.append(f"    {room}: {turns}, {trips:.2f} trips {spent['trips']} {spent['counts']}")
    return "\n".join(lines)
