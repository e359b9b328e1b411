"""The invitation matrix: written by the house, sent through a mail server, applied by calendar programs of others, and
what these then show compared with what is so, and so with each other. Those that need more than Python (libical, Node,
a server of their own) are marked `calendars`."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.calendars.held import Calendar
from tests.calendars.icaljs import IcalJs
from tests.calendars.libical import Libical, Library
from tests.calendars.matrix import PEOPLE, Played, expected, play
from tests.calendars.radicale import CalDav, Server
from tests.calendars.shelves import Shelf, by_icalendar, by_ics, by_vobject, in_words

Opens: TypeAlias = Callable[[str], Calendar]
"""A person's calendar, empty."""
Program: TypeAlias = Callable[[ExitStack, Path], Opens]


def shelf(read: Callable[..., object]) -> Program:
    return lambda _stack, _folder: lambda _person: Shelf(read)  # type: ignore[arg-type]


def libical(_stack: ExitStack, _folder: Path) -> Opens:
    try:
        library = Library()
    except OSError:
        pytest.skip("libical is not installed (Debian: libical3)")
    return lambda person: Libical(library, PEOPLE[person])


def icaljs(stack: ExitStack, _folder: Path) -> Opens:
    def opens(_person: str) -> Calendar:
        try:
            return stack.enter_context(IcalJs())
        except FileNotFoundError as missing:
            pytest.skip(f"{missing} is not installed (Debian: nodejs, npm)")

    return opens


def radicale(stack: ExitStack, folder: Path) -> Opens:
    server = stack.enter_context(Server(folder))
    return lambda person: stack.enter_context(CalDav(server, person))


PYTHON: dict[str, Program] = {
    "icalendar": shelf(by_icalendar),
    "vobject": shelf(by_vobject),
    "ics": shelf(by_ics),
}
OTHERS: dict[str, Program] = {"libical": libical, "ical.js": icaljs, "radicale": radicale}
every_program = pytest.mark.parametrize(
    "program",
    [
        *(pytest.param(program, id=name) for name, program in PYTHON.items()),
        *(pytest.param(program, id=name, marks=pytest.mark.calendars) for name, program in OTHERS.items()),
    ],
)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> list[Played]:
    return play(tmp_path_factory.mktemp("matrix"))


def follow(opens: Opens, played: list[Played]) -> dict[str, Calendar]:
    """Whoever is asked says yes before the next step."""
    calendars = {person: opens(person) for person in PEOPLE}
    for one in played:
        for person, calendar in calendars.items():
            came = one.messages.get(person, [])
            for message in came:
                calendar.take(message)
            shown = one.step.shown(person)
            assert calendar.shows() == expected(person, shown), (one.step.what, *map(in_words, came))
            if shown and shown.asked and shown.status == "CONFIRMED":
                [uid] = calendar.shows()
                calendar.accept(uid, PEOPLE[person])
    return calendars


def test_exactly_those_concerned_get_one_message_each(played: list[Played]) -> None:
    told = {one.step.what: sum(map(len, one.messages.values())) for one in played}
    assert told == {one.step.what: one.step.messages for one in played}


@every_program
def test_a_calendar_shows_what_is_so_after_each_step(program: Program, played: list[Played], tmp_path: Path) -> None:
    with ExitStack() as stack:
        follow(program(stack, tmp_path), played)


@every_program
def test_what_comes_twice_or_late_changes_nothing(program: Program, played: list[Played], tmp_path: Path) -> None:
    with ExitStack() as stack:
        for person, calendar in follow(program(stack, tmp_path), played).items():
            shown = calendar.shows()
            every = [message for one in played for message in one.messages.get(person, [])]
            if isinstance(calendar, Libical):
                # To it a cancellation is one, however late: which is why all mails of one entry leave in order.
                every = [message for message in every if b"METHOD:CANCEL" not in message]
            for message in (*every, *reversed(every)):
                calendar.take(message)
            assert calendar.shows() == shown


# ---- a check that cannot fail proves nothing
def spoiled(played: list[Played], how: Callable[[bytes], bytes], *, only: str = "") -> list[Played]:
    """`only`: in the steps whose story says that."""
    return [
        replace(one, messages={person: [how(body) for body in came] for person, came in one.messages.items()})
        if only in one.step.what
        else one
        for one in played
    ]


def _shifted(body: bytes) -> bytes:
    return body.replace(b"TZOFFSETTO:+0200", b"TZOFFSETTO:+0300")


@pytest.mark.calendars
@pytest.mark.parametrize("program", [pytest.param(OTHERS[name], id=name) for name in ("libical", "ical.js")])
def test_programs_that_reckon_from_our_rules_of_a_zone_notice_a_wrong_one(
    program: Program, played: list[Played], tmp_path: Path
) -> None:
    with ExitStack() as stack, pytest.raises(AssertionError, match="says yes"):
        follow(program(stack, tmp_path), spoiled(played, _shifted))


@pytest.mark.parametrize(
    ("how", "only"),
    [
        (partial(re.sub, rb"DTSTAMP:\d{8}", b"DTSTAMP:20180910"), "sends her invitation again"),
        (partial(re.sub, rb"SEQUENCE:\d+", b"SEQUENCE:1"), "goes to another room"),
        (partial(re.sub, rb"UID:s13", b"UID:s14"), "withdraws"),
        (partial(re.sub, rb"PARTSTAT=(\r\n )?NEEDS-ACTION", b"PARTSTAT=ACCEPTED"), "moves"),
        (lambda body: body.replace(b"STATUS:CANCELLED", b"STATUS:CONFIRMED"), "put off"),
        (lambda body: body.replace(b"LOCATION:Auditorium", b"LOCATION:Atelier 3"), "goes to another room"),
    ],
    ids=["asked anew", "no step", "another entry", "answered for them", "still on", "old room"],
)
def test_a_message_that_is_wrong_would_be_noticed(
    how: Callable[[bytes], bytes], only: str, played: list[Played], tmp_path: Path
) -> None:
    with ExitStack() as stack, pytest.raises((AssertionError, ValueError)):
        follow(PYTHON["icalendar"](stack, tmp_path), spoiled(played, how, only=only))
