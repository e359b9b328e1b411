"""What pages read: who asks together reads together, and a glance may be a second old."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from colloque.runtime import reads as reading
from colloque.runtime.handling import Committed
from colloque.runtime.reads import GLANCE, Reads
from colloque.runtime.store.memory import MemoryStore
from colloque.runtime.store.port import Counter, Down, Fetched
from colloque.runtime.work import Document, Find, Key


class Page(Document):
    text: str = ""


class Shelf(MemoryStore):
    """Slow to answer, and remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__("shelf")
        self.asked: list[set[str]] = []
        self.away = False

    async def fetch(self, keys: Iterable[Key], finds: Iterable[Find] = ()) -> Fetched:
        keys = list(keys)
        self.asked.append({id for _, id in keys})
        fetched = await super().fetch(keys, finds)
        await asyncio.sleep(0.01)
        if self.away:
            raise Down
        return fetched


@pytest.fixture
async def shelf() -> Shelf:
    shelf = Shelf()
    await shelf.open([Page])
    await shelf.seed([Page(id=str(number), text=f"page {number}") for number in range(9)])
    return shelf


async def put(shelf: Shelf, page: Page) -> None:
    await shelf.seed([page])


async def test_documents_come_in_the_order_asked_for_with_none_for_who_is_not_there(shelf: Shelf) -> None:
    found = await Reads(shelf).all(Page, ["3", "nowhere", "1", "3"])
    assert [page.text if page else None for page in found] == ["page 3", None, "page 1", "page 3"]
    assert await Reads(shelf).all(Page, []) == []


async def test_those_who_ask_while_a_reading_is_under_way_share_the_next_one(shelf: Shelf) -> None:
    reads = Reads(shelf)
    first = [asyncio.create_task(reads.get(Page, str(number))) for number in (1, 2)]
    await asyncio.sleep(0.005)
    later = [asyncio.create_task(reads.get(Page, str(number))) for number in (3, 4, 4)]
    pages = await asyncio.gather(*first, *later)
    assert [page.id for page in pages if page] == ["1", "2", "3", "4", "4"]
    assert shelf.asked == [{"1", "2"}, {"3", "4"}]


async def test_who_asks_after_a_change_sees_it_even_while_an_older_reading_is_under_way(shelf: Shelf) -> None:
    reads = Reads(shelf)
    before = asyncio.create_task(reads.get(Page, "1"))
    await asyncio.sleep(0.005)
    await put(shelf, Page(id="1", text="new"))
    after = await reads.get(Page, "1")
    assert after is not None
    assert after.text == "new"
    old = await before
    assert old is not None
    assert old.text == "page 1"


async def test_a_glance_within_the_second_asks_nobody(shelf: Shelf) -> None:
    reads = Reads(shelf)
    await reads.glance(Page, "1")
    await put(shelf, Page(id="1", text="new"))
    again = await reads.glance_all(Page, ["1", "2"])
    assert [page.text for page in again if page] == ["page 1", "page 2"]
    assert shelf.asked == [{"1"}, {"2"}]
    now = await reads.get(Page, "1")
    assert now is not None
    assert now.text == "new"


async def test_a_glance_is_never_older_than_it_may_be(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "GLANCE", GLANCE / 50)
    reads = Reads(shelf)
    await reads.glance(Page, "1")
    await put(shelf, Page(id="1", text="new"))
    await asyncio.sleep(GLANCE / 40)
    seen = await reads.glance(Page, "1")
    assert seen is not None
    assert seen.text == "new"


async def test_who_glances_late_has_it_read_again_for_the_next_and_does_not_wait(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "GLANCE", GLANCE / 10)
    reads = Reads(shelf)
    await reads.glance(Page, "1")
    await put(shelf, Page(id="1", text="new"))
    await asyncio.sleep(GLANCE / 15)
    before = await reads.glance(Page, "1")
    await asyncio.sleep(GLANCE / 50)
    after = await reads.glance(Page, "1")
    assert [page.text for page in (before, after) if page] == ["page 1", "new"]


async def test_a_renewal_that_fails_is_left_to_the_one_who_has_to_wait_for_it(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "GLANCE", GLANCE / 10)
    reads = Reads(shelf)
    await reads.glance(Page, "1")
    shelf.away = True
    await asyncio.sleep(GLANCE / 15)
    assert await reads.glance(Page, "1") is not None
    await asyncio.sleep(GLANCE / 15)
    with pytest.raises(Down):
        await reads.glance(Page, "1")


async def test_a_glance_sees_what_this_process_has_committed_meanwhile(shelf: Shelf) -> None:
    reads = Reads(shelf)
    await reads.glance_all(Page, ["1", "2"])
    written: dict[Key, Document | None] = {(Page, "1"): Page(id="1", version=1, text="new"), (Page, "2"): None}
    reads.follow(Committed(written, (), Counter()))
    assert await reads.glance_all(Page, ["1", "2"]) == [Page(id="1", version=1, text="new"), None]


async def test_what_was_read_before_a_commit_does_not_hide_it(shelf: Shelf) -> None:
    """The reading is under way when this process commits."""
    reads = Reads(shelf)
    looking = asyncio.create_task(reads.glance(Page, "1"))
    await asyncio.sleep(0.002)
    reads.follow(Committed({(Page, "1"): Page(id="1", version=1, text="new")}, (), Counter()))
    seen = [await looking, await reads.glance(Page, "1")]
    assert [page.text for page in seen if page] == ["new", "new"]


async def test_forgetting_takes_nothing_from_who_is_looking(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MANY", 2)
    reads = Reads(shelf)
    await reads.glance_all(Page, ["1", "2", "3"])
    seen = await reads.glance_all(Page, ["1", "4", "2"])
    assert [page.id for page in seen if page] == ["1", "4", "2"]


async def test_everybody_who_shared_a_reading_hears_that_the_database_is_away_and_the_next_one_works(
    shelf: Shelf,
) -> None:
    reads = Reads(shelf)
    shelf.away = True
    heard = await asyncio.gather(*(reads.get(Page, str(number)) for number in (1, 2)), return_exceptions=True)
    assert [type(one) for one in heard] == [Down, Down]
    shelf.away = False
    assert await reads.get(Page, "1") is not None


async def test_who_goes_away_does_not_take_the_reading_from_the_others(shelf: Shelf) -> None:
    reads = Reads(shelf)
    gone = asyncio.create_task(reads.get(Page, "1"))
    stays = asyncio.create_task(reads.get(Page, "2"))
    await asyncio.sleep(0.005)
    gone.cancel()
    page = await stays
    assert page is not None
    assert page.id == "2"
