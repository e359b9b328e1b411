"""Every measure in miniature. Nothing is said of how long anything takes: only that what is measured runs, that its
own checks hold (everybody has both mails, no fact is lost), and that figures come out."""

from __future__ import annotations

import asyncio
import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from bench.__main__ import MEASURES
from bench.figures import Figure, at_least, at_most, table, times_at_least, write
from bench.plan import MINIATURE, Plan

FIGURES = {
    "registration": ["registration.cpu", "registration.rate", "registration.trips", "registration.client"],
    "mail_latency": ["mail_latency.p50", "mail_latency.p95", "mail_latency.p99"],
    "facts": ["facts.rate"],
    "mails": ["mails.rate"],
    "turns": ["turns.cpu", "turns.rate"],
    "growth": ["growth.cpu", "growth.rate"],
    "programme": ["programme.6", "programme.6.bytes", "programme.18", "programme.18.bytes"],
    "programme_large": [
        f"programme_large.{name}"
        for name in (
            "conflicts",
            "swap",
            "grid",
            "release",
            "page",
            "whole",
            "feed",
            "restore",
            "restore.others",
        )
    ],
    "release_large": [
        f"release_large.{name}" for name in ("preview", "facts", "queued", "sent", "others.p50", "others.p99")
    ],
    "start": ["start.first_page", "start.ready", "start.memory"],
}


@pytest.mark.bench
@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_runs_in_miniature_and_answers_its_figures(name: str) -> None:
    figures = asyncio.run(MEASURES[name](MINIATURE))

    assert [figure.name for figure in figures] == FIGURES[name]
    assert all(math.isfinite(figure.value) and figure.value >= 0 for figure in figures)


def test_a_figure_says_whether_its_target_is_met_and_by_how_much_it_is_missed() -> None:
    assert Figure("a", 19, "ms", 2, at_most(20)).verdict == "yes"
    assert Figure("a", 25, "ms", 2, at_most(20)).verdict == "no, by 25%"
    assert Figure("b", 45, "a second", 2, at_least(60)).verdict == "no, by 25%"
    assert Figure("c", 40, "a second", 100, times_at_least(0.5)).verdict == "no, by 20%"
    assert Figure("d", 40, "a second").verdict == ""


def test_a_target_beside_a_floor_that_was_too_small_to_see_is_left_open() -> None:
    assert Figure("c", 40, "a second", 0, times_at_least(0.5)).verdict == ""


def test_the_table_has_a_line_for_each_figure_under_its_head() -> None:
    head, first, second = table([Figure("a.cpu", 19.04, "ms", 2, at_most(20)), Figure("b", 12345, "bytes")]).split("\n")

    assert head.split() == ["name", "value", "unit", "floor", "ratio", "target", "met?"]
    assert first.split() == ["a.cpu", "19", "ms", "2", "9.52", "≤", "20", "yes"]
    assert second.split() == ["b", "12", "345", "bytes", "–", "–"]


def test_the_file_holds_name_value_unit_floor_and_ratio_of_each(tmp_path: Path) -> None:
    write([Figure("a", 20, "ms", 2, at_most(20)), Figure("b", 1, "s")], tmp_path / "var" / "bench.json")

    assert json.loads((tmp_path / "var" / "bench.json").read_text()) == [
        {"name": "a", "value": 20, "unit": "ms", "floor": 2, "ratio": 10},
        {"name": "b", "value": 1, "unit": "s", "floor": None, "ratio": None},
    ]


def test_fewer_people_make_the_measures_of_their_kind_shorter_too() -> None:
    plan = Plan().with_people(200)

    assert (plan.people, plan.turns, plan.growth_people, plan.warm) == (200, 50, 50, 200)


def test_the_rust_database_has_targets_of_its_own() -> None:
    assert not Plan().rust
    assert not replace(Plan(), database=Path("/opt/secantusd-py")).rust
    assert replace(Plan(), database=Path("/opt/secantusd-rs")).rust
