"""Many storms, on every processor of the machine."""

from __future__ import annotations

import gc
import logging
import multiprocessing
from collections.abc import Iterator, Sequence

from tests.simulation.mutants.table import BELTS, SAFEGUARDS
from tests.simulation.storms import Outcome, storm

AT_ONCE = 20


def some(seeds: Sequence[int], faults: Sequence[str], without: str | None = None) -> list[Outcome]:
    """One after the other, quietly. Their garbage waits until the end."""
    take_out = {**SAFEGUARDS, **BELTS}[without].take_out if without else None
    logging.disable(logging.CRITICAL)
    gc.disable()
    try:
        return [storm(seed, faults, without=take_out) for seed in seeds]
    finally:
        gc.enable()
        logging.disable(logging.NOTSET)


def _some(job: tuple[Sequence[int], Sequence[str], str | None]) -> list[Outcome]:
    return some(*job)


def many(seeds: range, faults: Sequence[str], without: str | None = None) -> Iterator[Outcome]:
    jobs = [(seeds[i : i + AT_ONCE], faults, without) for i in range(0, len(seeds), AT_ONCE)]
    with multiprocessing.get_context("spawn").Pool() as pool:
        for outcomes in pool.imap_unordered(_some, jobs):
            yield from outcomes


def first_broken(name: str, seeds: Sequence[int], faults: Sequence[str]) -> Outcome | None:
    """The first storm in which the house without this breaks a law."""
    return next((one for seed in seeds for one in some([seed], faults, name) if one.law), None)


def _first_broken(job: tuple[str, Sequence[int], Sequence[str]]) -> tuple[str, Outcome | None]:
    return job[0], first_broken(*job)


def search(names: Sequence[str], seeds: Sequence[int], faults: Sequence[str]) -> Iterator[tuple[str, Outcome | None]]:
    with multiprocessing.get_context("spawn").Pool() as pool:
        yield from pool.imap_unordered(_first_broken, [(name, seeds, faults) for name in names])
