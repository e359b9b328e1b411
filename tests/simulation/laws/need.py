"""How a law says that it is broken."""

from __future__ import annotations

from tests.simulation.world import Broken


def need(held: object, law: int | str, *words: object) -> None:
    if not held:
        raise Broken(f"{law}: " + " ".join(map(str, words)))
