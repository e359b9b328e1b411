"""Release 2 of the story, as the registration room tells of it: every mail, every calendar entry."""

from __future__ import annotations

from collections import Counter

from colloque.contracts.fact import EditionFrame
from colloque.contracts.registration import AgendaChanged, Contact
from colloque.contracts.scheduling import EditionOpened
from tests.calendars.lint import lint
from tests.notifications.house import NOW, file_of, house, text_of
from tests.registration import nec18
from tests.registration.releases import RELEASED, before_release_2, release_2


def contacts() -> list[Contact]:
    """Who has no mailbox of their own is written to at that of whoever registered them."""
    people = {one["id"]: one for one in nec18.load("people.yaml")["people"]}
    return [
        Contact(
            subject=f"p-{row['id']}",
            at=NOW,
            epoch=1,
            revision=1,
            given=row["given"],
            family=row["family"],
            email=row["email"] or people[row["entered_by"]]["test_email"],
            locale=row["locale"],
        )
        for row in nec18.rows()
    ]


async def told() -> list[AgendaChanged]:
    registration = await before_release_2()
    async with registration.desk.running():
        await registration.hear(release_2())
        await registration.until(RELEASED)
        return [AgendaChanged.model_validate(fact) for fact in registration.facts("agenda.changed.v1")]


async def test_540_people_get_one_digest_each_with_678_entries_that_move_and_140_that_go() -> None:
    expected = nec18.load("expected.yaml")["nec18_story"]["release_2"]
    frame: EditionFrame = nec18.frame()
    facts = await told()
    async with house(
        EditionOpened(subject="nec-2018", at=NOW, frame=frame), nec18.released(*nec18.programme()), *contacts()
    ) as one:
        await one.hear(release_2())
        await one.hear(*facts)
        await one.settle()
        mails = [mail for mail in one.mails if mail.template == "programme_changed_digest"]
        assert len(one.received) == len(mails) == len({mail.about for mail in mails}) == expected["attendees_told"]
        boxes = Counter(taken.recipient for taken in one.mailer.box)
        assert len(boxes) == expected["mailboxes"]
        proxies = {each["test_email"] for each in nec18.load("people.yaml")["people"] if "test_email" in each}
        behalf = {f"p-{row['id']}" for row in nec18.rows() if row["channel"] == "on_behalf"}
        told_for = [mail for mail in mails if mail.person in behalf]
        assert len(told_for) == expected["on_behalf"]
        assert {box for box, count in boxes.items() if count > 1} <= proxies

        by_id = {f"{mail.id}@colloque.example": mail for mail in mails}
        facts_of = {fact.subject: fact for fact in facts}
        entries, uids, settled = Counter[str](), Counter[str](), 0
        for message in one.received:
            fact = facts_of[by_id[str(message["Message-ID"]).strip("<>")].about]
            changed = {each.session for each in fact.changed}
            events = lint(file_of(message, "text/calendar"), method="PUBLISH")
            for event in events:
                session = event["UID"].split(".")[0]
                uids[event["UID"]] += 1
                assert event["UID"] == f"{session}.nec-2018.{fact.person}@colloque.example"
                assert event["SEQUENCE"] == str(expected["changed"].get(session, {}).get("sequence", 0))
                assert (event["STATUS"] == "CANCELLED") == (session in fact.released)
                if session in changed:
                    entries[event["STATUS"]] += 1
            held = {event["UID"].split(".")[0] for event in events if event["STATUS"] == "CONFIRMED"}
            assert held == {*fact.sessions, "s01", "s18"}
            settled += "#clashes" in text_of(message)
        assert entries == {"CONFIRMED": expected["bookings_updated"], "CANCELLED": expected["bookings_released"]}
        assert set(uids.values()) == {1}
        assert settled == expected["clash"]
