"""An edition whose second version made two of everybody's sessions collide and called off a third, whose draft holds a
change that nobody has been told of, and to which two people write from mailboxes that take nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from colloque_embedded.faults import Fault, Faults
from colloque_embedded.story import Inbox, Organiser, Page, Visitor

ID = "bousculee-2018"
CONSOLE = f"/console/{ID}"
REFUSED, FULL = "inconnue@example.org", "pleine@example.org"
FRAME: dict[str, Any] = {"id": ID, "code": "NEC-M", "starts": "2018-11-22", "ends": "2018-11-22"}
HOURS = {"s01": ("10:00", "10:50"), "s02": ("14:00", "14:50"), "s03": ("16:00", "16:50"), "s04": ("17:00", "17:50")}
COLLIDING = 5
"""So many people have booked what collides now; the last of them is left as she is."""
DIGEST = "vos sessions changent"


async def open_it(organiser: Organiser, api: str, track: dict[str, Any]) -> None:
    await organiser.post(f"{api}/tracks", track)
    for id, name in (("vilar", "Salle Vilar"), ("loire", "Salle Loire")):
        await organiser.post(f"{api}/rooms", {"id": id, "name": name, "capacity": 40})
    for id, (starts, ends) in HOURS.items():
        slot = {"starts_at": f"2018-11-22T{starts}", "ends_at": f"2018-11-22T{ends}"}
        about = {"title": {"fr": f"Atelier {id}", "en": f"Workshop {id}"}, "format": "workshop"}
        seats = {"room": "vilar", "seats": 20, "booking": "required"}
        await organiser.post(f"{api}/sessions", {"id": id, "tracks": [track["id"]], "slot": slot, **about, **seats})
    await organiser.post(f"{api}/releases")
    await organiser.post(f"{api}/open")


async def fill_it(
    register: Callable[..., Awaitable[Page]], ask: Callable[..., Awaitable[Visitor]], faults: Faults
) -> None:
    await faults.set(
        Fault("refuse", to=REFUSED, reply="550 5.1.1 No such user"),
        Fault("refuse", to=FULL, reply="452 4.2.2 Mailbox full"),
    )
    for n in range(COLLIDING):
        await register(ID, "fr", ["s01", "s02", "s03"], given="Mia", family=f"Choc {n}", email=f"choc{n}@example.org")
    await register(ID, "fr", ["s04"], given="Max", family="Après", email="apres@example.org")
    for address in (REFUSED, FULL):
        visitor = await ask(ID, "fr", ["s04"], given="Rita", family="Perdue", email=address)
        await visitor.leave()


async def shake_it(organiser: Organiser, api: str, inbox: Inbox) -> list[str]:
    """Where the digests lead, each to the page of its reader."""
    slot = {"starts_at": "2018-11-22T10:00", "ends_at": "2018-11-22T10:50"}
    await organiser.patch(f"{api}/sessions/s02", {"room": "loire", "slot": slot})
    reason = {"fr": "L'animatrice est empêchée.", "en": "The facilitator cannot come."}
    await organiser.post(f"{api}/sessions/s03/cancel", {"reason": reason})
    await organiser.post(f"{api}/releases")
    told = [
        await inbox.arrival(f"choc{n}@example.org", like=lambda mail: DIGEST in mail.subject) for n in range(COLLIDING)
    ]
    await organiser.patch(f"{api}/sessions/s04", {"room": "loire"})
    return [mail.link("registration") for mail in told]
