"""What is lacking is asked for until it has come: soon, not all the time, and never again once it is here."""

from __future__ import annotations

import math
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from colloque.runtime.lacking import FRUITLESS, LONGEST, SPACE, Lacking
from colloque.runtime.store.port import Mark

STREAMS = ("a/facts/0", "a/facts/1", "b/facts/0")
acts = st.lists(
    st.tuples(
        st.sampled_from(("note", "arrive", "ask", "wait", "restored")),
        st.sampled_from(STREAMS),
        st.integers(1, 2),
        st.integers(1, 6),
    ),
    max_size=60,
)


def mark(epoch: int, seq: int) -> Mark:
    return Mark(epoch, seq, 0)


@settings(max_examples=300, deadline=None)
@given(acts)
def test_exactly_what_is_lacking_is_asked_for_in_its_time(acts: Sequence[tuple[str, str, int, int]]) -> None:
    lacking, now = Lacking(), 0.0
    want: dict[str, Mark] = {}
    """The furthest of each stream that is known to exist and has not come."""
    last_ask: dict[str, float] = {}
    for act, stream, epoch, seq in acts:
        source, place = stream[0], mark(epoch, seq)
        match act:
            case "note":
                lacking.note(stream, place, now)
                want[stream] = max(want.get(stream, place), place)
            case "arrive":
                lacking.arrived(stream, place, now)
                if stream in want and place >= want[stream]:
                    del want[stream]
                last_ask.pop(source, None)
            case "restored":
                lacking.forget_before(source, epoch)
                want = {one: end for one, end in want.items() if one[0] != source or end.epoch >= epoch}
                last_ask = {one: at for one, at in last_ask.items() if any(stream[0] == one for stream in want)}
            case "ask":
                for due in lacking.due(now):
                    assert now - last_ask.get(due, -math.inf) >= SPACE - 1e-9, "asks are spaced"
                    last_ask[due] = now
                    lacking.asked(due, {one: (end.epoch, end.seq) for one, end in lacking.ends(due).items()}, now)
            case _:
                now += seq / 10
        assert {one: end for source in "ab" for one, end in lacking.ends(source).items()} == want
        assert len(lacking) == len(want)
        assert all((one in lacking) == (one in want) for one in STREAMS)
        assert (lacking.next_due() == math.inf) == (not want)
        assert lacking.next_due() <= now + LONGEST or not want, "nothing is forgotten"
        assert {due for due in "ab" if due in lacking.due(now + LONGEST)} == {one[0] for one in want}


def test_asks_grow_rarer_up_to_five_seconds_and_progress_brings_them_back() -> None:
    lacking, now, spaces = Lacking(), 0.0, list[float]()
    lacking.note("a/facts/0", mark(1, 9), now)
    for _ in range(9):
        before, now = now, max(now, lacking.next_due())
        spaces.append(round(now - before, 6))
        lacking.asked("a", {"a/facts/0": (1, 1)}, now)
    assert spaces == [0, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5, 5]
    lacking.arrived("a/facts/0", mark(1, 4), now)
    assert lacking.next_due() == now + SPACE


def test_after_two_asks_in_vain_somebody_should_look_back_until_something_comes() -> None:
    lacking = Lacking()
    lacking.note("a/facts/0", mark(1, 9), 0)
    told = [lacking.asked("a", {"a/facts/0": (1, 1)}, n) for n in range(FRUITLESS + 2)]
    assert told == [False] * FRUITLESS + [True, True]
    lacking.arrived("a/facts/0", mark(1, 1), 9)
    assert not lacking.asked("a", {"a/facts/0": (1, 2)}, 10)
