"""What other programs call sessions, rooms and people: numbers and guids, given once and never to anything else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from uuid import UUID

from pydantic import Field

from colloque.contracts.fact import Frozen
from colloque.runtime.work import Change, Document


class Numbered(Frozen):
    """`guid` is random: nothing can be learned from it, least of all an address."""

    id: int
    guid: str


class Numbers(Document):
    """Its id is the edition's."""

    sessions: dict[str, Numbered] = Field(default_factory=dict)
    rooms: dict[str, Numbered] = Field(default_factory=dict)
    people: dict[str, Numbered] = Field(default_factory=dict)

    def given(
        self,
        fresh: Callable[[], str],
        *,
        sessions: Iterable[str] = (),
        rooms: Iterable[str] = (),
        people: Iterable[str] = (),
    ) -> Change[Numbers]:
        """With one for each that has none yet. `fresh` makes words that nobody can guess."""
        after = {
            "sessions": _numbered(self.sessions, sessions, fresh),
            "rooms": _numbered(self.rooms, rooms, fresh),
            "people": _numbered(self.people, people, fresh),
        }
        same = (after["sessions"], after["rooms"], after["people"]) == (self.sessions, self.rooms, self.people)
        return Change(self if same else self.becomes(**after))

    def brought(self, sessions: Mapping[str, Numbered]) -> Change[Numbers]:
        """Sessions that come with numbers of their own keep them, where these are free."""
        after = dict(self.sessions)
        taken: set[int | str] = {name for one in after.values() for name in (one.id, one.guid)}
        for key, one in sessions.items():
            if key not in after and one.id not in taken and one.guid not in taken:
                after[key] = one
                taken |= {one.id, one.guid}
        return Change(self if after == self.sessions else self.becomes(sessions=after))


def _numbered(known: dict[str, Numbered], names: Iterable[str], fresh: Callable[[], str]) -> dict[str, Numbered]:
    after, last = dict(known), max((one.id for one in known.values()), default=0)
    for name in names:
        if name not in after:
            last += 1
            after[name] = Numbered(id=last, guid=guid(fresh()))
    return after


def guid(words: str) -> str:
    return str(UUID(bytes=blake2b(words.encode(), digest_size=16).digest(), version=4))
