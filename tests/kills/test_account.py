"""The account itself: what it is shown wrong, it finds."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from colloque.runtime.store.shape import checked
from colloque_embedded.mailbox import MailboxWriter
from colloque_registration.domain.registration import Registration
from colloque_registration.domain.sessions import SessionSeats
from tests.kills.account import account
from tests.kills.crowd import Crowd
from tests.kills.stage import Stage
from tests.kills.takers import LAPSED, OFFERED, TAKEN, each_offer_ends_once

pytestmark = [pytest.mark.kills, pytest.mark.timeout(300)]

[SEATS], [REGISTRATIONS] = checked([SessionSeats]), checked([Registration])
Cook = Callable[[AsyncMongoClient[dict[str, Any]], Stage, Crowd], Awaitable[object]]


async def a_seat_too_many(client: AsyncMongoClient[dict[str, Any]], _stage: Stage, _crowd: Crowd) -> None:
    await client["colloque_registration"][SEATS].update_one({}, {"$inc": {"taken": 1}})


async def a_registration_gone(client: AsyncMongoClient[dict[str, Any]], _stage: Stage, _crowd: Crowd) -> None:
    await client["colloque_registration"][REGISTRATIONS].delete_one({"number": 3})


async def a_fact_that_a_room_has_forgotten(
    client: AsyncMongoClient[dict[str, Any]], _stage: Stage, _crowd: Crowd
) -> None:
    journal = client["colloque_notifications"]["journal"]
    line = await journal.find_one({"message": "registration.confirmed.v1"})
    assert line
    await journal.delete_one({"_id": line["_id"]})
    await journal.insert_one({**line, "_id": "another/line"})


async def a_mail_that_came_twice(_client: AsyncMongoClient[dict[str, Any]], stage: Stage, crowd: Crowd) -> None:
    mail = crowd.boxes.mails[0]
    MailboxWriter(stage.servers.mailbox.path).append("house@example.org", list(mail.recipients), mail.raw)


async def a_mail_of_another_kind(_client: AsyncMongoClient[dict[str, Any]], _stage: Stage, crowd: Crowd) -> None:
    """Six are owed two mails each: one of them would have had one less, another one more."""
    crowd.only_submits = lambda person: person.number == 0
    crowd.people[1].also.append("programme_changed_digest")


async def somebody_who_was_told_more(_client: AsyncMongoClient[dict[str, Any]], _stage: Stage, crowd: Crowd) -> None:
    crowd.people.append(crowd.person(999))


@pytest.mark.parametrize(
    "cook",
    [
        a_seat_too_many,
        a_registration_gone,
        a_fact_that_a_room_has_forgotten,
        a_mail_that_came_twice,
        a_mail_of_another_kind,
        somebody_who_was_told_more,
    ],
)
async def test_what_is_wrong_is_found(stage: Stage, cook: Cook) -> None:
    crowd = Crowd(stage)
    await crowd.come(range(6), at_once=6)
    await account(stage, crowd)
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(stage.servers.mongodb)
    async with client:
        await cook(client, stage, crowd)
    with pytest.raises(AssertionError):
        await account(stage, crowd)


HELD = (TAKEN, "ada")
WRONG = {
    "offered a second place": [[HELD], [(OFFERED, "ada")]],
    "has ended already": [[(OFFERED, "ada")], [(LAPSED, "ada")], [(LAPSED, "ada")]],
    "takes a second place": [[HELD], [HELD]],
    "is held twice": [[HELD], [(TAKEN, "bob")]],
    "is held twice, by an offer": [[HELD], [(OFFERED, "bob")]],
    "has no end": [[(OFFERED, "ada")]],
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_end_of_an_offer_is_found(what: str) -> None:
    with pytest.raises(AssertionError, match=what.partition(",")[0]):
        each_offer_ends_once(WRONG[what], places=1)


def test_a_place_that_goes_from_hand_to_hand_is_no_fault() -> None:
    handed_on = [[HELD], [("registration.cancelled.v1", "ada"), (OFFERED, "bob")], [(LAPSED, "bob"), (OFFERED, "eve")]]
    assert each_offer_ends_once([*handed_on, [(TAKEN, "eve")]], places=1) == 2
