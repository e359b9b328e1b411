"""Where a session came from, when a file brought it: what that file says and this house has no field for.

It is kept beside the session, not in it: no release carries it and no other room hears of it. It is what makes a
programme that was read from a file the same when it is written again."""

from __future__ import annotations

from typing import ClassVar

from colloque.contracts.fact import Frozen
from colloque.runtime.work import Document, Lookup


class Link(Frozen):
    url: str
    title: str = ""
    kind: str = ""


class Somebody(Frozen):
    """Who speaks, as the file names them. They are nobody of this house until somebody invites them."""

    name: str
    id: int | None = None
    guid: str = ""


class Origin(Document):
    """Its id is the session's. `room_id` and `text` tell whether what was read still stands: then it is written as it
    was read, else as it stands."""

    lookups: ClassVar[tuple[Lookup, ...]] = ("edition",)

    edition: str
    room: str = ""
    room_id: str = ""
    track: str = ""
    track_id: str = ""
    kind: str = ""
    """The file's own word for the format."""
    format: str = ""
    subtitle: str = ""
    slug: str = ""
    url: str = ""
    language: str = ""
    abstract: str = ""
    description: str = ""
    text: str = ""
    """What was made of both for the pages."""
    people: tuple[Somebody, ...] = ()
    links: tuple[Link, ...] = ()
    attachments: tuple[Link, ...] = ()
    licence: str = ""
    unrecorded: bool | None = None
