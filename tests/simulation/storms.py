"""One storm: a seed and its faults, and which law broke, if one."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from colloque.runtime import alarm, intake, relay
from colloque.runtime.postman import postman
from tests.simulation import world as world_module
from tests.simulation.laws import check
from tests.simulation.mutants import TakeOut
from tests.simulation.world import Broken, World

SMALL = (
    (relay, "BATCH", 3),
    (relay, "ANSWER", 6),
    (relay, "AHEAD", 8),
    (intake, "AHEAD", 40),
    (alarm, "PAGE", 2),
    (postman, "PAGE", 2),
    (postman, "ENOUGH", 1),
)
"""A storm is small: what is limited in the house has to be limited here too."""
PATIENCE = 60.0
"""Seconds after which a house without a safeguard will not come to rest any more."""


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
    without: TakeOut | None = None,
    logging: bool = False,
) -> Outcome:
    """`without`: takes a safeguard out of the product for this run; the laws are read with all of them in place."""
    world = World(seed, faults, logging=logging)
    law = None
    try:
        with _weather(without):
            world.play()
        check(world)
    except CannotTakeOut:
        raise
    except Broken as broken:
        law = str(broken)
    except Exception as error:  # noqa: BLE001 - whatever gives way is an answer
        law = f"0: {error!r}"
        if logging:
            traceback.print_exc()
    return Outcome(seed, law, world.loop.events, dict(world.injected))


class CannotTakeOut(Exception):
    """The safeguard is not where the table looks for it: this says nothing about the laws."""


@contextmanager
def _weather(without: TakeOut | None) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module, name, small in SMALL:
            patch.setattr(module, name, small)
        if without is not None:
            patch.setattr(world_module, "LIMIT", PATIENCE)
            try:
                without(patch)
            except AttributeError as missing:
                raise CannotTakeOut(str(missing)) from missing
        yield
