"""A room as the house knows it: one `build(desk) -> Room` each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from colloque.contracts import CONTACTS
from colloque.contracts.fact import EditionFrame
from colloque.contracts.registration import Contact
from colloque.runtime.work import Document, Steps

if TYPE_CHECKING:
    from colloque.runtime.desk import Desk
    from colloque.runtime.mailing import Mailing

FrameOf = Callable[[str], Awaitable[EditionFrame | None]]
"""Edition → what strangers may know of it; None: nothing."""
ContactsAsTheyStand = Callable[[Iterable[str]], Awaitable[Mapping[str, Contact]]]
"""People → the contact as it stands now; somebody who is not there is erased."""


@dataclass(frozen=True)
class Room:
    """`kinds`: every document it keeps. `hears`: the topics it listens to (its own is not among them). `routers`: what
    it answers over HTTP (FastAPI routers). `contacts`: only for the room that owns people. `mailing`: only for the room
    that sends mails. `frame_of`: the room knows editions, for the heads of pages that no room answers."""

    desk: Desk
    steps: Steps
    kinds: tuple[type[Document], ...]
    hears: tuple[str, ...]
    routers: Sequence[Any] = ()
    contacts: ContactsAsTheyStand | None = None
    mailing: Mailing | None = None
    frame_of: FrameOf | None = None

    def __post_init__(self) -> None:
        self.desk.furnish(self)

    @property
    def name(self) -> str:
        return self.desk.room

    @property
    def hears_contacts(self) -> bool:
        return CONTACTS in self.hears
