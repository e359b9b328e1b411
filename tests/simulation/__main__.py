"""`python -m tests.simulation`: storms by their numbers. `--seed 17 --log` tells one of them; `--mutants` takes out
each safeguard, `--without NAME` one."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections import Counter

from tests.simulation.faults import FAULTS
from tests.simulation.many import many, search
from tests.simulation.mutants.table import BELTS, SAFEGUARDS
from tests.simulation.storms import storm


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", default="0-499", help="first-last")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--log", action="store_true")
    parser.add_argument("--faults", default="all", help="all, none, or some of: " + " ".join(FAULTS))
    parser.add_argument("--without", choices=[*SAFEGUARDS, *BELTS])
    parser.add_argument("--mutants", action="store_true")
    given = parser.parse_args()
    faults = {"all": FAULTS, "none": ()}.get(given.faults) or tuple(given.faults.split(","))
    first, last = map(int, given.seeds.split("-"))
    logging.disable(logging.CRITICAL)
    if given.mutants:
        sys.exit(_mutants(range(first, last + 1), faults))
    if given.seed is not None:
        take_out = {**SAFEGUARDS, **BELTS}[given.without].take_out if given.without else None
        one = storm(given.seed, faults, without=take_out, logging=given.log)
        print(f"seed {one.seed}: {one.law or 'all laws hold'}; {one.events} events, faults {one.injected}")
        sys.exit(one.law is not None)
    began, injected, broken, events = time.time(), Counter[str](), 0, 0
    for one in many(range(first, last + 1), faults, given.without):
        injected.update(one.injected)
        events += one.events
        if one.law:
            broken += 1
            print(f"seed {one.seed}: law {one.law}", flush=True)
    seconds = time.time() - began
    print(f"{last + 1 - first} storms, {broken} broke a law; {seconds:.0f} s; {events} events, {dict(injected)}")
    sys.exit(bool(broken))


def _mutants(seeds: range, faults: tuple[str, ...]) -> bool:
    wrong = 0
    for name, died in search([*SAFEGUARDS, *BELTS], seeds, faults):
        wrong += (name in SAFEGUARDS) == (died is None)
        told = f"seed {died.seed:4}: law {died.law}"[:150] if died else f"survives {len(seeds)} storms"
        print(f"{'' if name in SAFEGUARDS else 'belt':4} {name:19} {told}", flush=True)
    print(f"{wrong} not as expected" if wrong else "each safeguard is needed, no belt is")
    return bool(wrong)


if __name__ == "__main__":
    main()
