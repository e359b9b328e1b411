"""Where an invitation may go from where it stands, whatever is tried."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from colloque.contracts.scheduling import SpeakerFact
from colloque.runtime.refusal import Refusal
from colloque_scheduling.domain.programme.assignment import ANSWERS, Answer, Assignment, Role
from colloque_scheduling.domain.programme.edition import Edition
from colloque_scheduling.domain.programme.invitation import By, Invitation, Stage, begun, id_of, parts_of, recast
from colloque_scheduling.domain.programme.published import cast
from colloque_scheduling.domain.programme.release import Programme, release
from colloque_scheduling.domain.programme.session import Session, Standing
from colloque_scheduling.domain.programme.states import IllegalTransition
from tests.scheduling.world import DRAFT, EDITION, EXAMPLES, NOW, session

KEY = "yann.speaker"
ALLOWED = {
    (Answer.INVITED, Answer.CONFIRMED),
    (Answer.INVITED, Answer.DECLINED),
    (Answer.INVITED, Answer.EXPIRED),
    (Answer.CONFIRMED, Answer.WITHDRAWN),
}


@pytest.mark.parametrize(("before", "after"), list(product(Answer, Answer)))
def test_an_invitation_goes_where_the_table_says_and_nowhere_else(before: Answer, after: Answer) -> None:
    one = Assignment(person="yann", role=Role.SPEAKER, state=before)
    if (before, after) in ALLOWED:
        assert one.becomes(after, "s04").state is after
    else:
        with pytest.raises(IllegalTransition) as refused:
            one.becomes(after, "s04")
        assert refused.value.status == 409
        assert refused.value.objects == ("assignment/s04.yann.speaker",)


def test_the_table_names_every_answer() -> None:
    assert set(ANSWERS) == set(Answer)


def test_an_assignment_s_name_is_taken_apart_as_it_was_put_together() -> None:
    one = session("s04", "p_9-x")
    assert parts_of(id_of(one, one.people[0])) == ("nec-2018", "s04", "p_9-x.speaker")


class Invitations(RuleBasedStateMachine):
    """One person and one session, everything that can be asked of them in any order, and a public page."""

    @initialize()
    def begin(self) -> None:
        self.session: Session = session("s04", "yann")
        self.edition: Edition = EDITION.announce(NOW).document
        made = release(self.edition, DRAFT, [self.session], Programme(id="nec-2018"), NOW)
        self.programme: Programme = made[1].document
        self.invitation: Invitation = begun(self.session, self.session.people[0])
        self.now = NOW
        self.facts: list[SpeakerFact] = []
        self.dead: set[int] = set()

    def keep(self, session: Session) -> None:
        self.session = session
        self.programme = recast(self.programme, session, {})

    @rule(until=st.none() | st.integers(1, 5))
    def invite(self, until: int | None) -> None:
        at = None if until is None else self.now + timedelta(days=until)
        try:
            one = self.session.assignment(KEY)
            change = Stage(self.edition, DRAFT, self.programme).invite(self.session, one, self.invitation, self.now, at)
        except Refusal:
            assert not self.stands or self.state is not Answer.INVITED or self.invitation.sent_at is not None
        else:
            self.invitation = change.document
            self.facts += change.facts  # type: ignore[arg-type]

    @rule()
    def remind(self) -> None:
        try:
            change = Stage(self.edition, DRAFT, self.programme).remind(self.session, self.invitation, self.now)
        except Refusal:
            told = self.invitation.told_at
            assert told is None or self.now - told < timedelta(days=1)
        else:
            self.invitation = change.document

    @rule(answer=st.sampled_from([one for one in Answer if one is not Answer.INVITED]), by=st.sampled_from(By))
    def answer(self, answer: Answer, by: By) -> None:
        before = self.state
        try:
            after = self.session.answered(KEY, answer).document
        except Refusal:
            assert answer not in ANSWERS[before] or (answer is Answer.CONFIRMED and not self.stands)
            assert self.state is before
        else:
            change = Stage(self.edition, DRAFT, self.programme).answer(after, self.invitation, answer, self.now, by=by)
            self.invitation = change.document
            self.facts += change.facts  # type: ignore[arg-type]
            self.keep(after)

    @rule()
    def ask_anew(self) -> None:
        one = Assignment(person="yann", role=Role.SPEAKER)
        before = self.session
        try:
            after = before.assigned(one).document
        except Refusal:
            assert not self.stands or self.state is Answer.CONFIRMED
        else:
            if after is not before:
                self.dead.add(self.invitation.links)
                self.invitation = self.invitation.anew()
            self.keep(after)

    @rule()
    def call_off(self) -> None:
        if self.stands:
            self.keep(self.session.cancelled({}).document)

    @rule(days=st.integers(0, 3))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    # ---- what holds
    @property
    def state(self) -> Answer:
        return self.session.assignment(KEY).state

    @property
    def stands(self) -> bool:
        return self.session.state is Standing.SCHEDULED

    @invariant()
    def the_public_reads_a_name_if_and_only_if_they_come(self) -> None:
        if not hasattr(self, "session"):
            return
        shown = self.programme.cast["s04"]
        assert shown == cast(self.session)
        assert [one.person for one in shown] == (
            ["yann"] if self.state is Answer.CONFIRMED else [None] if self.state is Answer.INVITED else []
        )

    @invariant()
    def their_time_is_taken_while_they_may_come(self) -> None:
        if hasattr(self, "session"):
            taken = any(hold.startswith("person/yann@") for hold in self.session.holds)
            assert taken == (self.stands and self.state in (Answer.INVITED, Answer.CONFIRMED))

    @invariant()
    def a_link_that_was_replaced_never_comes_back(self) -> None:
        if hasattr(self, "dead"):
            assert self.invitation.links not in self.dead

    @invariant()
    def every_fact_names_the_same_assignment_and_nobody(self) -> None:
        for fact in getattr(self, "facts", ()):
            assert (fact.subject, fact.person) == ("nec-2018/s04.yann.speaker", "yann")


Invitations.TestCase.settings = settings(EXAMPLES, stateful_step_count=25)
TestInvitations = Invitations.TestCase
