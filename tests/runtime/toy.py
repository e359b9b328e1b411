"""A small room to try the desk with: accounts that hold coins, and a ledger that counts what it heard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from colloque.contracts.fact import Fact
from colloque.runtime.clock import MovedClock
from colloque.runtime.desk import Desk
from colloque.runtime.refusal import NotFound, Refusal
from colloque.runtime.room import Room
from colloque.runtime.store.port import Store
from colloque.runtime.work import Answer, Change, Command, Document, Lookup, Steps, Work

NOON = datetime(2018, 6, 20, 12, tzinfo=UTC)


class Broke(Refusal): ...


class NameTaken(Refusal): ...


class Unknown(NotFound): ...


class Moved(Fact):
    type: str = "toy.moved.v1"
    coins: int = 1


class Account(Document):
    lookups: ClassVar[tuple[Lookup, ...]] = ("name", "tags")
    unique: ClassVar[Mapping[Lookup, type[Refusal]]] = {"name": NameTaken}

    name: str
    coins: int = 0
    tags: tuple[str, ...] = ()

    def pays(self, coins: int, at: datetime) -> Change[Account]:
        if coins > self.coins:
            raise Broke(f"{self.name} has {self.coins}", objects=(f"account/{self.id}",))
        return Change(self.becomes(coins=self.coins - coins), (Moved(subject=self.id, at=at, coins=coins),))


class Heard(Document):
    count: int = 0
    seen: tuple[int, ...] = ()


class Open(Command):
    name: str
    coins: int = 0
    tags: tuple[str, ...] = ()


class Pay(Command):
    source: str
    target: str
    coins: int = 1


class Rename(Command):
    account: str
    name: str


class Tag(Command):
    """Gives `tag` to every account that has `to`, and counts them."""

    to: str
    tag: str


class Remind(Command):
    account: str
    after: float

    @property
    def about(self) -> str:
        return self.account


class Fine(Command):
    account: str

    @property
    def about(self) -> str:
        return self.account


class Spill(Command):
    """Its step has a bug."""


async def open_account(command: Open, work: Work) -> Answer:
    return work.keep(Change(Account(id=work.new_id(), name=command.name, coins=command.coins, tags=command.tags))).id


async def pay(command: Pay, work: Work) -> Answer:
    source, target = await work.all(Account, (command.source, command.target))
    if source is None or target is None:
        raise Unknown
    work.keep(source.pays(command.coins, work.now))
    return work.keep(Change(target.becomes(coins=target.coins + command.coins))).coins


async def rename(command: Rename, work: Work) -> Answer:
    account = await work.get(Account, command.account)
    if account is None:
        raise Unknown
    work.keep(Change(account.becomes(name=command.name)))
    return command.name


async def tag(command: Tag, work: Work) -> Answer:
    found = await work.find(Account, tags=command.to)
    for account in found:
        work.keep(Change(account.becomes(tags=(*account.tags, command.tag))))
    return len(found)


async def remind(command: Remind, work: Work) -> Answer:
    work.wake(work.now + timedelta(seconds=command.after), Fine(account=command.account))
    return None


async def fine(command: Fine, work: Work) -> Answer:
    account = await work.get(Account, command.account)
    if account is None:
        raise Unknown
    work.keep(account.pays(1, work.now))
    return None


async def spill(command: Spill, work: Work) -> Answer:
    raise ZeroDivisionError("a secret word")


async def count(fact: Moved, work: Work) -> Answer:
    heard = await work.get(Heard, "all") or Heard(id="all")
    work.keep(Change(heard.becomes(count=heard.count + 1, seen=(*heard.seen, fact.coins))))
    return None


async def stumble(fact: Moved, work: Work) -> Answer:
    """Cannot bear 13 coins, unless it has been mended."""
    if fact.coins == 13 and not MENDED:
        raise ZeroDivisionError("a secret word")
    heard = await work.get(Heard, fact.subject) or Heard(id=fact.subject)
    work.keep(Change(heard.becomes(count=heard.count + 1, seen=(*heard.seen, fact.coins))))
    return None


MENDED: list[bool] = []

STEPS = (
    Steps()
    .on(Open, open_account)
    .on(Pay, pay)
    .on(Rename, rename)
    .on(Tag, tag)
    .on(Remind, remind)
    .on(Fine, fine)
    .on(Spill, spill)
    .on(Moved, count, stumble)
)


def build(desk: Desk) -> Room:
    return Room(desk, steps=STEPS, kinds=(Account, Heard), hears=("colloque.toy",))


def toy_desk(
    store: Store, clock: MovedClock | None = None, wall: Callable[[], float] | None = None, **more: object
) -> Desk:
    desk = Desk("toy", store, clock or MovedClock(NOON), key=b"toy", **more)  # type: ignore[arg-type]
    build(desk)
    return desk
