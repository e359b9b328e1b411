"""The real runtime through seeded storms: all laws hold, the same seed tells the same story, and a safeguard taken out
is missed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.simulation.faults import FAULTS
from tests.simulation.many import many, some
from tests.simulation.mutants.table import BELTS, SAFEGUARDS
from tests.simulation.storms import Outcome

ENOUGH = 60
"""Storms in which a missing safeguard must be seen, from its own first seed on."""


def told(broken: list[Outcome]) -> str:
    return "\n".join(f"law {one.law}\n  python -m tests.simulation --seed {one.seed} --log" for one in broken)


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_after_a_storm_all_laws_hold(first: int) -> None:
    broken = [one for one in some(range(first, first + 10), FAULTS) if one.law]
    assert not broken, told(broken)


def test_without_faults_nothing_goes_wrong_at_all() -> None:
    broken = [one for one in some(range(5), ()) if one.law]
    assert not broken, told(broken)


def test_the_same_seed_tells_the_same_story_in_every_process() -> None:
    stories = [
        subprocess.run(
            [sys.executable, "-m", "tests.simulation", "--seed", "4", "--log"],
            env={**os.environ, "PYTHONHASHSEED": hashes},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hashes in ("1", "2")
    ]
    assert stories[0] == stories[1]
    assert "all laws hold" in stories[0]


@pytest.mark.storms
@pytest.mark.parametrize("name", SAFEGUARDS)
def test_without_this_safeguard_storms_break_a_law(name: str) -> None:
    mutant = SAFEGUARDS[name]
    assert any(
        one.law for seed in range(mutant.first, mutant.first + ENOUGH) for one in some([seed], mutant.faults, name)
    ), f"nobody has missed that {mutant.without}"


@pytest.mark.parametrize("name", BELTS)
def test_without_this_belt_all_laws_hold(name: str) -> None:
    broken = [one for one in some(range(900, 903), FAULTS, name) if one.law]
    assert not broken, told(broken)


@pytest.mark.storms
@pytest.mark.timeout(1200)
def test_after_thousands_of_storms_all_laws_hold() -> None:
    broken = [one for one in many(range(10_000, 12_000), FAULTS) if one.law]
    assert not broken, told(broken)


@pytest.mark.storms
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", BELTS)
def test_without_this_belt_all_laws_hold_for_long(name: str) -> None:
    broken = [one for one in many(range(20_000, 20_040), FAULTS, name) if one.law]
    assert not broken, told(broken)
