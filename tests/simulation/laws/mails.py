"""Law 5: mails."""

from __future__ import annotations

from tests.simulation.laws.need import need
from tests.simulation.rooms import words
from tests.simulation.world import World

NEVER = 9e9


def mails_once(world: World) -> None:
    """Of one lane nothing is sent while another is under way; a mail goes again only if the lease ran out, or the
    connection was lost, before its report was committed; nothing older after something newer; what is sent was
    accepted."""
    store, skew = world.stores["notifications"], 1.0 if "skew" in world.faults else 0.0
    sends = sorted(world.sends, key=lambda sending: sending.start)
    accepted = {sending.letter for sending in sends if sending.accepted}
    for letter in store.docs(words.Letter).values():
        need(letter.state != "sent" or letter.id in accepted, 5, letter.id, "is sent and was never accepted")
    reports = world.reports
    for i, b in enumerate(sends):
        for a in sends[:i]:
            if (a.lane, a.life) == (b.lane, b.life):
                told = reports.get((a.letter, a.by.name), ())
                done = min((at for at in told if at >= a.start), default=NEVER) <= b.start
                need(a.end - skew <= b.start, 5, b.letter, "was sent while", a.letter, "was on its way")
                free = done or (a.by is not b.by and a.until - skew <= b.start)
                need(free, 5, b.letter, "was sent while", a.letter, "was under way")
                again = done and a.letter == b.letter and a.accepted and not a.lost
                need(not again, 5, b.letter, "was sent again")
                late = a.revision > b.revision and a.accepted and "registration" not in world.restored
                need(not late, 5, b.letter, "was sent after", a.letter)
