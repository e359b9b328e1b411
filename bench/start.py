"""From nothing to the first page and to a house that is ready, in a new folder; and its memory after a rush. Floors: a
bare FastAPI application, and the same one beside the three servers as they stand after their start."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from bench.figures import Figure, at_most
from bench.floor import floor
from bench.plan import Plan
from bench.registration import in_new_edition
from bench.stage import bare_stage, stage


async def start(plan: Plan) -> Sequence[Figure]:
    first, opened, floors = list[float](), list[float](), list[float]()
    for _ in range(plan.start):
        async with bare_stage(plan) as house, floor(house.house.ports.database) as bare:
            first.append(house.first_page)
            opened.append(house.opened)
            floors.append(bare.first_page)
            young = house.memory()
            small = bare.memory + sum(young.values()) - young["app"]
    async with stage(plan) as house:
        await in_new_edition(house, "bench-start", plan, plan.people)
        grown = house.memory()
    for when, parts in (("after the start", young), (f"after {plan.people} registrations", grown)):
        print(f"  MiB {when}: " + ", ".join(f"{part} {size:.0f}" for part, size in parts.items()))
    return [
        Figure("start.first_page", median(first), "s", median(floors), at_most(4)),
        Figure("start.ready", median(opened), "s", median(floors), at_most(4)),
        Figure("start.memory", sum(grown.values()), "MiB", small, at_most(400)),
    ]
