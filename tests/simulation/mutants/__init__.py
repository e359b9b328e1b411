"""The product with one of its safeguards taken out, for the time of a storm (journal.md §9.6).

A mutant is a function that changes the product through a patch that is undone after the run; the product has no switch
for it. In `table`, `SAFEGUARDS`: without each of them storms break a law. `BELTS`: what only saves work; without it all
laws hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import pytest

from tests.simulation.faults import FAULTS

TakeOut: TypeAlias = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Mutant:
    """`without` is what the product does not do then. `first`: a seed from which on it dies quickly, under `faults`."""

    without: str
    take_out: TakeOut
    first: int = 0
    faults: Sequence[str] = FAULTS


Table: TypeAlias = Mapping[str, Mutant]
