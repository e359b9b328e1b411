"""`python -m tests.simulation`: storms by their numbers. `--seed 17 --log` tells one of them."""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Sequence

from tests.simulation.storms import Outcome, storm
from tests.simulation.world import FAULTS


def _some(job: tuple[Sequence[int], Sequence[str]]) -> list[Outcome]:
    logging.disable(logging.CRITICAL)
    seeds, faults = job
    return [storm(seed, faults) for seed in seeds]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", default="0-499", help="first-last")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--log", action="store_true")
    parser.add_argument("--faults", default="all", help="all, none, or some of: " + " ".join(FAULTS))
    given = parser.parse_args()
    faults = {"all": FAULTS, "none": []}.get(given.faults) or given.faults.split(",")
    logging.disable(logging.CRITICAL)
    if given.seed is not None:
        one = storm(given.seed, faults, logging=given.log)
        print(f"seed {one.seed}: {one.law or 'all laws hold'}; {one.events} events, faults {one.injected}")
        sys.exit(one.law is not None)
    first, last = map(int, given.seeds.split("-"))
    seeds, began = range(first, last + 1), time.time()
    jobs = [(seeds[i : i + 20], faults) for i in range(0, len(seeds), 20)]
    injected: Counter[str] = Counter()
    broken = 0
    with multiprocessing.Pool() as pool:
        for outcomes in pool.imap_unordered(_some, jobs):
            for one in outcomes:
                injected.update(one.injected)
                if one.law:
                    broken += 1
                    print(f"seed {one.seed}: law {one.law}", flush=True)
    print(f"{len(seeds)} storms, {broken} broke a law; {time.time() - began:.0f} s; {dict(injected)}")
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
