"""What a registration costs with many stored already; its floor: with few."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from bench.figures import Figure, times_at_least, times_at_most
from bench.plan import Plan
from bench.registration import Round, one_round, told
from bench.stage import edition, stage
from bench.stock import stock

EDITION = "bench-growth"


async def growth(plan: Plan) -> Sequence[Figure]:
    few, many = plan.growth
    before, after = await _with_stock(plan, few), await _with_stock(plan, many)
    return [
        Figure(
            "growth.cpu",
            median(one.cpu for one in after),
            f"ms each, {many} stored",
            median(one.cpu for one in before),
            times_at_most(1.2),
        ),
        Figure(
            "growth.rate",
            median(one.rate for one in after),
            f"a second, {many} stored",
            median(one.rate for one in before),
            times_at_least(1 / 1.2),
        ),
    ]


async def _with_stock(plan: Plan, count: int) -> list[Round]:
    """Into the very edition that has them."""
    with tempfile.TemporaryDirectory(prefix="colloque-bench-") as path:
        began = time.monotonic()
        await stock(plan, Path(path), EDITION, count)
        print(f"  {count} registrations stored in {time.monotonic() - began:.0f} s", flush=True)
        rounds = list[Round]()
        async with stage(plan, folder=Path(path)) as house:
            ids = await edition(house, EDITION)
            for seed in range(plan.rounds):
                rounds.append(
                    await one_round(
                        house,
                        EDITION,
                        ids,
                        people=plan.growth_people,
                        at_once=plan.at_once,
                        warm=min(plan.warm, plan.growth_people),
                        seed=seed,
                    )
                )
                print(told(rounds[-1]), flush=True)
    return rounds
