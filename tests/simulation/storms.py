"""One storm: a seed and its faults, and which law broke, if one."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass

from tests.simulation.laws import check
from tests.simulation.world import Broken, WatchedDesk, World


@dataclass(frozen=True)
class Outcome:
    seed: int
    law: str | None
    events: int
    injected: dict[str, int]


def storm(
    seed: int,
    faults: Sequence[str],
    *,
    logging: bool = False,
    world: type[World] = World,
    desk: type[WatchedDesk] = WatchedDesk,
) -> Outcome:
    one = world(seed, faults, logging, desk)
    law = None
    try:
        one.play()
        check(one)
    except Broken as broken:
        law = str(broken)
    except Exception as error:  # noqa: BLE001 - whatever gives way is an answer
        law = f"0: {error!r}"
        if logging:
            traceback.print_exc()
    return Outcome(seed, law, one.loop.events, dict(one.injected))
