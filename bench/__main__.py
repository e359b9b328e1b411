"""`python -m bench [NAME…]`: measures, prints one table, writes var/bench.json."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvloop

from bench.facts import facts
from bench.figures import Figure, table, write
from bench.growth import growth
from bench.latency import mail_latency
from bench.mails import mails
from bench.plan import MINIATURE, Plan
from bench.programme import programme
from bench.programme_large import programme_large
from bench.registration import registration, turns
from bench.release_large import release_large
from bench.start import start

Measure = Callable[[Plan], Coroutine[Any, Any, Sequence[Figure]]]

MEASURES: Mapping[str, Measure] = {
    "registration": registration,
    "mail_latency": mail_latency,
    "facts": facts,
    "mails": mails,
    "turns": turns,
    "growth": growth,
    "programme": programme,
    "programme_large": programme_large,
    "release_large": release_large,
    "start": start,
}
RESULT = Path("var/bench.json")


async def measured(names: Sequence[str], plan: Plan) -> list[Figure]:
    """One after the other, with what each says on the way."""
    figures = list[Figure]()
    for name in names:
        began = time.monotonic()
        print(f"{name} …", flush=True)
        figures += await MEASURES[name](plan)
        print(f"  ({time.monotonic() - began:.0f} s, load average {os.getloadavg()[0]:.1f})", flush=True)
        write(figures, RESULT)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(MEASURES)}; all if none is given")
    parser.add_argument("--people", type=int, help=f"registrations a round ({Plan().people})")
    parser.add_argument("--rounds", type=int, help=f"of which the median counts ({Plan().rounds})")
    parser.add_argument("--at-once", type=int, help=f"people at the same time ({Plan().at_once})")
    parser.add_argument("--db", type=Path, help="the database program; COLLOQUE_EMBEDDED_DB, or the Python one")
    parser.add_argument("--miniature", action="store_true", help="only shows that everything runs")
    given = parser.parse_args()
    if unknown := set(given.names) - MEASURES.keys():
        parser.error(f"no measure is called {', '.join(sorted(unknown))}: there are {', '.join(MEASURES)}")
    named = given.db or os.environ.get("COLLOQUE_EMBEDDED_DB")
    plan = replace(MINIATURE if given.miniature else Plan(), database=Path(named).absolute() if named else None)
    if given.people:
        plan = plan.with_people(given.people)
    plan = replace(plan, rounds=given.rounds or plan.rounds, at_once=given.at_once or plan.at_once)
    server = plan.database.name if plan.database else "the Python database"
    print(f"{os.cpu_count()} processors, load average {os.getloadavg()[0]:.1f}, {server}")
    figures = uvloop.run(measured(given.names or list(MEASURES), plan))
    print(f"\n{table(figures)}\n\nAlso in {RESULT}.")


if __name__ == "__main__":
    main()
