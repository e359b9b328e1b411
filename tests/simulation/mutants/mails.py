"""Without what keeps a mail from being sent twice, or out of order, and a contact from growing older."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from colloque.contracts.registration import Contact
from colloque.runtime.lease import Lease
from colloque.runtime.mailbag import Item
from colloque.runtime.postman.carrying import Carriers
from colloque.runtime.postman.office import Office
from colloque.runtime.postman.writing import Writer
from colloque.runtime.work import Answer, Change, Steps, Work
from tests.simulation import rooms
from tests.simulation.rooms import words


def leased_to_everybody(patch: pytest.MonkeyPatch, name: str) -> None:
    write = Lease._write

    async def always(self: Lease, values: Mapping[str, Any]) -> bool:
        if self.name != name:
            return await write(self, values)
        self.term = max(1, self.term)
        self._since = self._since or self._clock()
        self._until, self.values = self._clock() + self.seconds, {**self.values, **values}
        return True

    patch.setattr(Lease, "_write", always)


def postman_lease(patch: pytest.MonkeyPatch) -> None:
    leased_to_everybody(patch, "postman")


def lease_holder(patch: pytest.MonkeyPatch) -> None:
    """Whoever had it once renews it, whoever has it now."""
    write = Lease._write

    async def blindly(self: Lease, values: Mapping[str, Any]) -> bool:
        if not self.term:
            return await write(self, values)
        now = self._clock()
        await self.store.lease(self.name, self.holder, now + 1e9, now + self.seconds, values)
        self._until, self.values = now + self.seconds, {**self.values, **values}
        return True

    patch.setattr(Lease, "_write", blindly)


def lease_left(patch: pytest.MonkeyPatch) -> None:
    async def had_it_once(self: Carriers) -> bool:
        return bool(self._office.lease.term)

    patch.setattr(Carriers, "_time_enough", had_it_once)


def mail_read(patch: pytest.MonkeyPatch) -> None:
    async def believes(self: Office, items: Sequence[Item]) -> None:
        for item in items:
            item.term = self.lease.term

    patch.setattr(Office, "read_again", believes)


def older_first(patch: pytest.MonkeyPatch) -> None:
    """A mail does not wait for the older one of its lane."""

    async def never(_self: Writer, _item: Item) -> bool:
        return False

    patch.setattr(Writer, "_waits_behind", never)


def contact_version(patch: pytest.MonkeyPatch) -> None:
    async def keep_contact(contact: Contact, work: Work) -> Answer:
        known = await work.get(words.Known, contact.subject)
        kept = {"epoch": contact.epoch, "revision": contact.revision}
        version = known.version + 1 if known else 0
        work.keep(Change(words.Known(id=contact.subject, version=version, erased=contact.erased, **kept)))
        return None

    table = Steps()
    for kind, steps, patience in rooms.C_STEPS._rows.values():
        table.on(kind, *((keep_contact,) if kind is Contact else steps), patience=patience)
    patch.setitem(rooms.STEPS, "notifications", table)
