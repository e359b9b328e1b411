"""What people read: dates, hours, numbers."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from colloque.contracts.fact import Slot
from colloque.web import french
from colloque.web.french import NARROW, NB, typeset

EVE = datetime(2018, 9, 10, 12, 5, tzinfo=UTC)
PARIS = "Europe/Paris"


@pytest.mark.parametrize(
    ("first", "last", "french_", "english"),
    [
        ("2018-09-13", "2018-09-14", "13 et 14 septembre 2018", "13 and 14 September 2018"),
        ("2021-12-13", "2021-12-14", "13 et 14 décembre 2021", "13 and 14 December 2021"),
        ("2022-03-17", "2022-03-17", "17 mars 2022", "17 March 2022"),
        ("2022-05-01", "2022-05-01", "1er mai 2022", "1 May 2022"),
        ("2022-05-01", "2022-05-04", "du 1er au 4 mai 2022", "1 to 4 May 2022"),
        ("2022-04-30", "2022-05-01", "30 avril et 1er mai 2022", "30 April and 1 May 2022"),
        ("2022-12-30", "2023-01-02", "du 30 décembre 2022 au 2 janvier 2023", "30 December 2022 to 2 January 2023"),
    ],
)
def test_the_days_of_an_edition(first: str, last: str, french_: str, english: str) -> None:
    pair = date.fromisoformat(first), date.fromisoformat(last)

    assert french.date_range(*pair).replace(NB, " ") == french_
    assert french.date_range(*pair, "en").replace(NB, " ") == english


def test_a_day_number_never_parts_from_its_month() -> None:
    assert french.date_range(date(2018, 9, 13), date(2018, 9, 14)) == f"13 et 14{NB}septembre 2018"
    assert french.weekday(date(2018, 9, 13)) == f"jeudi 13{NB}septembre"
    assert french.weekday_short(date(2018, 9, 13)) == f"jeudi{NB}13"
    assert french.weekday_short(date(2019, 5, 1)) == f"mercredi{NB}1er"


def test_a_day_alone() -> None:
    assert french.day(date(2022, 3, 17)).replace(NB, " ") == "jeudi 17 mars 2022"
    assert french.day(date(2022, 3, 17), "en").replace(NB, " ") == "Thursday 17 March 2022"
    assert french.plain_date(date(2022, 5, 1)).replace(NB, " ") == "1er mai 2022"


@pytest.mark.parametrize(
    ("first", "last", "parts"),
    [
        (date(2018, 9, 13), date(2018, 9, 14), ("13 et 14", "septembre 2018")),
        (date(2022, 3, 17), date(2022, 3, 17), ("17", "mars 2022")),
        (date(2022, 5, 30), date(2022, 6, 2), ("du 30 mai", "au 2 juin 2022")),
        (date(2022, 5, 31), date(2022, 6, 1), ("31 mai", "et 1er juin 2022")),
    ],
)
def test_the_days_in_two_lines(first: date, last: date, parts: tuple[str, str]) -> None:
    head, tail = french.date_range_parts(first, last)
    assert (head.replace(NB, " "), tail.replace(NB, " ")) == parts


def test_hours_on_the_clock_of_the_place() -> None:
    half_past_nine = datetime(2018, 9, 13, 7, 30, tzinfo=UTC)
    slot = Slot(starts_at=half_past_nine, ends_at=datetime(2018, 9, 13, 9, tzinfo=UTC), tz=PARIS)

    assert french.hour(half_past_nine, PARIS) == f"9{NB}h{NB}30"
    assert french.hour(half_past_nine, PARIS, "en") == f"9:30{NB}am"
    assert french.hour(datetime(2018, 9, 12, 16, tzinfo=UTC), PARIS) == f"18{NB}h"
    assert french.hour(datetime(2018, 9, 12, 16, tzinfo=UTC), PARIS, "en") == f"6{NB}pm"
    assert french.when(slot).replace(NB, " ") == "jeudi 13 septembre, 9 h 30 à 11 h"
    assert french.moment(EVE, PARIS).replace(NB, " ") == "lundi 10 septembre à 14 h 05"
    assert french.moment(EVE, PARIS, "en").replace(NB, " ") == "Monday 10 September at 2:05 pm"


def test_a_late_evening_in_utc_is_the_next_day_in_paris() -> None:
    assert french.local_day(datetime(2018, 9, 12, 22, 30, tzinfo=UTC), PARIS) == date(2018, 9, 13)


def test_numbers_shares_and_ranks() -> None:
    assert french.percent(63) == "63\u00a0%"
    assert french.percent(63, "en") == "63%"
    assert french.number(1800) == f"1{NARROW}800"
    assert french.number(1800, "en") == "1,800"
    assert [french.ordinal(n) for n in (1, 2, 21)] == ["1er", "2e", "21e"]
    assert [french.ordinal(n, "en") for n in (1, 2, 3, 4, 11, 12, 21, 111)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "21st", "111th",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "set_"),
    [
        ("S'inscrire", "S’inscrire"),
        ("Une question ?", f"Une question{NARROW}?"),
        ("Erreur : il manque « .fr ».", f"Erreur{NB}: il manque «{NB}.fr{NB}»."),
        ("reçu ; puis", f"reçu{NARROW}; puis"),
        ("à 9 h 30, le 14", f"à 9{NB}h{NB}30, le 14"),
        ("Entre 48 h et 5 min", f"Entre 48{NB}h et 5{NB}min"),
        ("1 800 places, 63 %", f"1{NARROW}800 places, 63{NB}%"),
        ('<a href="/x?y=1:2" class="b">l\'eau</a>', '<a href="/x?y=1:2" class="b">l’eau</a>'),
        ("à %(hour)s : %(n)s %%", f"à %(hour)s{NB}: %(n)s %%"),
    ],
)
def test_plain_typing_becomes_french_typography(typed: str, set_: str) -> None:
    assert typeset(typed) == set_


def test_typesetting_twice_changes_nothing() -> None:
    once = typeset("« Qui ? » : 9 h 30 ; 63 % ! L'an 1 800")
    assert typeset(once) == once
