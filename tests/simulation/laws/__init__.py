"""The laws of journal.md §9, read from the databases after a storm. (The fourth, rest, is seen by the storm itself.)"""

from __future__ import annotations

from tests.simulation.laws.alone import one_by_one
from tests.simulation.laws.effects import acknowledged_once, contacts_agree, ledgers_agree, once_in_order
from tests.simulation.laws.mails import mails_once
from tests.simulation.world import ROOMS, World


def check(world: World) -> None:
    """Raises Broken."""
    for room in ROOMS:
        one_by_one(world, room)
    acknowledged_once(world)
    for room in ROOMS:
        once_in_order(world, room)
    ledgers_agree(world)
    mails_once(world)
    contacts_agree(world)
