"""What a page asks of the desk, where it has words of its own for a refusal."""

from __future__ import annotations

from colloque.runtime.desk import Cause, Desk
from colloque.runtime.refusal import Refusal, TryAgain
from colloque.runtime.work import Command


async def refusal_of(desk: Desk, command: Command, cause: Cause) -> Refusal | None:
    """None once it is done. That the house has to be asked again later is no answer of the domain's, and raised."""
    try:
        await desk.do(command, cause)
    except TryAgain:
        raise
    except Refusal as refusal:
        return refusal
    return None
