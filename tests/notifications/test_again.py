"""An organiser has a mail sent again: a new one, that names the first."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest

from colloque.runtime.journal import Cause
from colloque.runtime.mailer.port import Deferred, Failed
from colloque_notifications.commands import SendAgain
from colloque_notifications.domain.again import MOST, NoLongerOfUse, SaidSince, SentOftenEnough, StillToGo, UnknownMail
from colloque_notifications.domain.mail import Mail
from tests.calendars.lint import lint
from tests.notifications.house import (
    RELEASED_2,
    House,
    agenda_changed,
    amended,
    cancelled,
    confirmed,
    contact,
    file_of,
    house,
    offered,
    submitted,
    waitlisted,
)
from tests.notifications.post_office import until
from tests.notifications.speaking import confirms
from tests.notifications.test_console import GRANTED, TOKEN, VIEWER, browser, words

ADDRESS = "nadia.benali@example.org"


async def again(one: House, mail: Mail, cause: str = "again") -> Mail:
    answer = await one.desk.do(SendAgain(edition="nec-2018", mail=mail.id, by="lea"), Cause(cause, mail.story))
    assert isinstance(answer, dict)
    await one.settle()
    return one.store.docs(Mail)[str(answer["mail"])]


async def press(one: House, client: httpx.AsyncClient, path: str) -> httpx.Response:
    """The button as it stands on the page, by somebody who has looked at it."""
    page = await client.get(path)
    one.clock.set(one.clock.now() + timedelta(seconds=3))
    found = re.search(r'name="form_token" value="([^"]+)"', page.text.split("<main", 1)[1])
    assert found is not None
    return await client.post(path, data={"form_token": found.group(1)})


async def test_a_mail_that_was_sent_is_sent_again_as_a_new_one_that_names_the_first() -> None:
    async with house() as one:
        [first] = await one.send(confirmed())
        mail = one.mails[0]
        second = await again(one, mail)
        assert (second.state, second.first, second.template) == ("sent", mail.id, mail.template)
        assert second.id != mail.id
        assert (second.story, second.about, second.person) == (mail.story, mail.about, mail.person)
        [_, received] = one.received
        assert received["Message-ID"] != first["Message-ID"]
        assert received["Subject"] == first["Subject"]
        assert file_of(received, "text/calendar") == file_of(first, "text/calendar")
        assert one.book.of_template("registration_confirmed") == 2


async def test_it_goes_to_the_address_that_is_known_now() -> None:
    async with house() as one:
        one.mailer.answers[ADDRESS] = Failed(550, "User unknown")
        await one.send(confirmed())
        await one.hear(contact(revision=2, email="nadia@example.org"))
        second = await again(one, one.mails[0])
        assert second.state == "sent"
        assert "nadia@example.org" in one.received[-1]["To"]


async def test_a_repeat_of_a_repeat_names_the_first_and_counts() -> None:
    async with house() as one:
        await one.send(confirmed())
        mail = first = one.mails[0]
        for n in range(MOST):
            mail = await again(one, mail, f"again-{n}")
            assert mail.first == first.id
        with pytest.raises(SentOftenEnough):
            await again(one, mail, "once too often")
        assert len(one.mails) == MOST + 1


async def test_the_same_press_twice_is_one_mail() -> None:
    async with house() as one:
        await one.send(confirmed())
        assert (await again(one, one.mails[0])).id == (await again(one, one.mails[0])).id
        assert len(one.mails) == 2


async def test_what_is_still_to_go_is_not_sent_again() -> None:
    async with house() as one:
        one.mailer.answers[ADDRESS] = Deferred(451, "later")
        await one.hear(confirmed())
        await until(lambda: one.mails[0].attempts == 1)
        with pytest.raises(StillToGo):
            await one.desk.do(SendAgain(edition="nec-2018", mail=one.mails[0].id, by="lea"), Cause.first("again"))


async def test_one_repeat_goes_before_the_next_is_asked_for() -> None:
    async with house() as one:
        await one.hear(GRANTED)
        await one.send(submitted())
        first = one.mails[0]
        one.mailer.answers[ADDRESS] = Deferred(451, "later")
        await one.desk.do(SendAgain(edition="nec-2018", mail=first.id, by="lea"), Cause.first("again"))
        await until(lambda: one.mails[1].attempts == 1)
        with pytest.raises(StillToGo):
            await one.desk.do(SendAgain(edition="nec-2018", mail=first.id, by="lea"), Cause.first("at once"))
        async with browser(one) as lea:
            page = await lea.get(f"/console/nec-2018/mails/{first.id}")
        assert "Le dernier renvoi n'est pas encore parti" in words(page).replace("’", "'")
        assert "Renvoyer ce courriel" not in page.text
        assert len(one.mails) == 2


async def test_what_a_later_mail_says_otherwise_is_not_said_again() -> None:
    async with house() as one:
        await one.send(confirmed())
        await one.send(amended())
        await one.send(amended(sessions=("s02",), added=(), freed=("s13",)))
        _, news, later_news = one.mails
        with pytest.raises(SaidSince):
            await again(one, news)
        await again(one, later_news)
        await one.send(cancelled(freed=("s02",)))
        with pytest.raises(SaidSince):
            await again(one, later_news, "later")


async def test_a_ticket_that_is_sent_again_says_what_is_held_today() -> None:
    async with house() as one:
        await one.send(confirmed(sessions=("s02",), without=("s07", "s13")))
        await one.send(amended(sessions=("s02", "s13"), added=("s13",), freed=(), links=1))
        ticket, news = one.mails
        repeat = await again(one, ticket)
        told = one.received[-1]
        events = lint(file_of(told, "text/calendar"), method="PUBLISH")
        assert [event["UID"].split(".")[0] for event in events] == ["s01", "s02", "s13", "s18"]
        assert (repeat.context["number"], repeat.context["without"]) == (42, ("s07",))
        assert (repeat.context["links"], file_of(told, "image/png")[:4]) == (1, b"\x89PNG")

        # What was news before is so still, whoever was sent their ticket meanwhile.
        assert (await again(one, news, "news")).context == news.context

        await one.hear(RELEASED_2)
        await one.send(agenda_changed(sessions=("s02",), released=("s13",), clashes=(), links=1))
        last = await again(one, repeat, "once more")
        assert (last.first, last.context["sessions"]) == (ticket.id, ("s02",))
        await one.send(cancelled(freed=("s02",)))
        with pytest.raises(SaidSince):
            await again(one, ticket, "too late")


async def test_who_has_left_the_line_is_not_told_again_that_they_wait() -> None:
    async with house() as one:
        await one.send(waitlisted())
        await one.send(confirmed())
        with pytest.raises(SaidSince):
            await again(one, one.mails[0])


async def test_an_offer_is_sent_again_only_while_it_can_be_answered() -> None:
    async with house() as one:
        await one.send(offered())
        mail = one.mails[0]
        assert (await again(one, mail)).useful_until == mail.useful_until
        assert mail.useful_until is not None
        one.clock.set(mail.useful_until)
        with pytest.raises(NoLongerOfUse):
            await again(one, mail, "late")


async def test_a_mail_of_another_edition_is_not_here() -> None:
    async with house() as one:
        await one.send(confirmed())
        with pytest.raises(UnknownMail):
            await one.desk.do(SendAgain(edition="nec-2019", mail=one.mails[0].id, by="lea"), Cause.first("again"))


# ---- the console and the API
async def test_the_button_leads_to_the_new_mail_and_both_name_each_other() -> None:
    async with house() as one:
        await one.hear(GRANTED)
        await one.send(confirmed())
        first = one.mails[0]
        path = f"/console/nec-2018/mails/{first.id}"
        async with browser(one) as lea:
            sent = await press(one, lea, path)
            assert sent.status_code == 303
            await one.settle()
            second = one.mails[1]
            assert sent.headers["location"] == f"/console/nec-2018/mails/{second.id}"
            assert f'href="{path}"' in (await lea.get(sent.headers["location"])).text
            assert f'href="/console/nec-2018/mails/{second.id}"' in (await lea.get(path)).text


async def test_after_three_times_the_page_offers_a_call_instead() -> None:
    async with house() as one:
        await one.hear(GRANTED)
        await one.send(confirmed())
        path = f"/console/nec-2018/mails/{one.mails[0].id}"
        async with browser(one) as lea:
            asked = await lea.get(path)
            for _ in range(MOST):
                await press(one, lea, path)
                await one.settle()
            page = await lea.get(path)
            assert "Renvoyer ce courriel" not in page.text
            assert "Renvoyé assez de fois" in words(page)
            token = re.search(r'name="form_token" value="([^"]+)"', asked.text.split("<main", 1)[1])
            assert token is not None
            one.clock.set(one.clock.now() + timedelta(seconds=3))
            late = await lea.post(path, data={"form_token": token.group(1)})
            assert late.status_code == 429
            assert "déjà été renvoyé trois fois" in words(late)


async def test_a_press_from_elsewhere_sends_nothing() -> None:
    async with house() as one:
        await one.hear(GRANTED)
        await one.send(confirmed())
        path = f"/console/nec-2018/mails/{one.mails[0].id}"
        async with browser(one) as lea:
            assert (await lea.post(path, data={"form_token": "made up"})).status_code == 403
            assert (await lea.post(path)).status_code == 400
        assert len(one.mails) == 1


async def test_a_speakers_mail_is_sent_again_with_its_entry_and_leads_to_the_speakers() -> None:
    async with house() as one:
        await one.hear(GRANTED)
        await one.send(confirms())
        first = one.mails[0]
        path = f"/console/nec-2018/mails/{first.id}"
        async with browser(one) as lea:
            page = await lea.get(path)
            assert 'href="/console/nec-2018/speakers"' in page.text
            assert f"/registrations/{first.about}" not in page.text
        one.clock.set(one.clock.now() + timedelta(days=1))
        again_ = await again(one, first)
        assert again_.context == first.context
        told, retold = (file_of(mail, "application/ics") for mail in one.received)
        assert told == retold, "whoever has answered it is not asked a second time"


async def test_who_may_not_see_mails_may_not_send_them_again() -> None:
    async with house() as one:
        await one.hear(VIEWER)
        await one.send(confirmed())
        async with browser(one, "max") as max_:
            assert (await max_.post(f"/console/nec-2018/mails/{one.mails[0].id}", data={})).status_code == 403


async def test_programs_send_again_and_the_same_key_sends_once() -> None:
    async with house() as one:
        await one.hear(GRANTED, TOKEN)
        await one.send(submitted())
        first = one.mails[0]
        path = f"/api/editions/nec-2018/mails/{first.id}/again"
        headers = {"authorization": "Bearer the token", "idempotency-key": "k1"}
        async with browser(one) as lea:
            answers = [await lea.post(path, headers=headers) for _ in range(2)]
            assert [one_.json() for one_ in answers] == [
                {"mail": one.mails[1].id, "first": first.id, "times": 1},
            ] * 2
            await one.settle()
            listed = await lea.get("/api/editions/nec-2018/mails", headers=headers)
            assert [mail["first"] for mail in listed.json()["mails"]] == [first.id, ""]
            unknown = await lea.post("/api/editions/nec-2018/mails/unknown/again", headers=headers)
            assert unknown.status_code == 404
