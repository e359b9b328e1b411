"""Those who make a programme hear at once that somebody who had said yes will not come."""

from __future__ import annotations

import pytest

from colloque.contracts.registration import OrganiserRevoked
from tests.notifications.house import OPENED, RELEASED, House, contact, house, text_of
from tests.notifications.speaking import JUNE, confirms, granted, withdraws


def told(one: House) -> set[str]:
    return {mail.person for mail in one.mails if mail.template == "team_speaker_left"}


async def test_whoever_may_change_the_programme_of_the_edition_or_its_series_is_told_and_nobody_else() -> None:
    team = [
        granted("lea"),
        granted("omar", "organiser", "series:nec"),
        granted("vic", "viewer"),
        granted("dora", "desk"),
        granted("elsewhere", "organiser", "edition:another"),
        granted("olga", "owner", "house"),
    ]
    async with house(OPENED, RELEASED, *team, posting=False) as one:
        await one.hear(confirms(), withdraws())
        assert told(one) == {"lea", "omar"}


async def test_where_nobody_has_the_edition_in_hand_the_house_is_told() -> None:
    async with house(
        OPENED, RELEASED, granted("olga", "owner", "house"), granted("vic", "viewer"), posting=False
    ) as one:
        await one.hear(confirms(), withdraws())
        assert told(one) == {"olga"}


async def test_who_has_lost_the_right_is_not_told() -> None:
    gone = OrganiserRevoked(subject="lea", at=JUNE, role="programme", scope="edition:nec-2018", generation=2)
    async with house(OPENED, RELEASED, granted("lea"), gone, posting=False) as one:
        await one.hear(confirms(), withdraws())
        assert told(one) == set()


async def test_what_an_organiser_has_noted_the_team_knows_already() -> None:
    async with house(OPENED, RELEASED, granted("lea"), posting=False) as one:
        await one.hear(confirms(), withdraws(by="organiser"))
        assert told(one) == set()


@pytest.mark.parametrize(("lang", "said"), [("fr", "Quelqu’un n’intervient plus"), ("en", "Somebody no longer speaks")])
async def test_the_mail_names_the_session_and_leads_to_the_person_without_naming_them(lang: str, said: str) -> None:
    marc = contact("marc", given="Marc", family="Tremblay", email="marc@example.org")
    async with house(OPENED, RELEASED, granted("nadia"), contact(locale=lang), marc) as one:
        mails = await one.send(confirms(person="marc"), withdraws(person="marc"))
        [mail] = [mail for mail in mails if "nadia.benali@example.org" in mail["To"]]
        text = text_of(mail)
        assert said in text
        assert ("Communs 4/5" if lang == "fr" else "Commons 4/5") in text
        assert "/console/nec-2018/speakers/s13.marc.speaker" in text
        assert "Tremblay" not in text
