"""Every calendar that anybody has been sent in all the stories, and every feed: byte by byte, one after the other."""

from __future__ import annotations

from colloque_embedded.story.nec18 import EDITION
from tests.calendars.lint import lint
from tests.calendars.mails import lint_crowd
from tests.stories.houses import FullHouse, OpenHouse


async def test_no_calendar_that_anybody_got_has_a_fault_and_each_only_goes_on(
    open_house: OpenHouse, full_house: FullHouse
) -> None:
    await full_house.inbox.all()
    for here, least in ((open_house, 10), (full_house, 1_300)):
        assert lint_crowd(mail.raw for mail in here.inbox.mails) > least


async def test_no_feed_has_a_fault(full_house: FullHouse) -> None:
    for lang in ("fr", "en"):
        feed = await full_house.visitor(lang).get(f"/{lang}/{EDITION}/programme.ics")
        assert len(lint(feed.content, method=None)) >= 18
