"""The lines of one registration, as its rooms write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any

from colloque.contracts.traces import Output, TraceLine
from colloque.runtime.journal import fact_id
from colloque_traces.domain.chain import Expected, Known

AT = datetime(2018, 6, 20, 6, 4, 11, tzinfo=UTC)

KNOWN: Known = {
    "registration.submitted.v1": (Expected(room="notifications", step="ask_to_confirm"),),
    "registration.confirmed.v1": (
        Expected(room="notifications", step="tell_confirmed"),
        Expected(room="scheduling", step="expect_attendance"),
    ),
}


def line(
    cause: str,
    step: str,
    *,
    room: str = "registration",
    message: str = "SubmitRegistration",
    story: str = "form-745",
    after: float = 0,
    facts: tuple[tuple[str, str], ...] = (),
    outputs: tuple[Output, ...] = (),
    suffix: str = "",
    **values: Any,
) -> TraceLine:
    id = f"{cause}/{step}{suffix}"
    ids = [(fact_id(room, id, place), name, subject) for place, (name, subject) in enumerate(facts)]
    told = tuple(Output(kind="fact", ref=fact, type=name) for fact, name, _ in ids)
    parcels = tuple({"id": fact, "type": name, "topic": room, "subject": subject} for fact, name, subject in ids)
    common: dict[str, Any] = {"n": 1, "epoch": 1, "scope": "nec-2018", "took_ms": 3.0, "outcome": "done", **values}
    return TraceLine(
        id=id, room=room, story=story, cause=cause, message=message, step=step, at=AT + timedelta(seconds=after),
        outputs=outputs + told, parcels=parcels, **common,
    )  # fmt: skip


def document(ref: str, version: int = 0, kind: str = "Registration") -> Output:
    return Output(kind="document", ref=ref, type=kind, version=version)


def mail(ref: str, version: int = 0) -> Output:
    return Output(kind="mail", ref=ref, type="Mail", version=version)


FORM = line("form-745", "submit", facts=(("registration.submitted.v1", "r745"),), outputs=(document("r745"),))
SUBMITTED = FORM.parcels[0]["id"]
ASKED = line(
    SUBMITTED, "ask_to_confirm", room="notifications", message="registration.submitted.v1", after=0.04, took_ms=41.0,
    outputs=(mail("m1"),),
)  # fmt: skip
ASK_SENT = line(
    "m1.1", "note_sent", room="notifications", message="NoteSent", after=1.2, facts=(("message.sent.v1", "m1"),),
    outputs=(mail("m1", 1),),
)  # fmt: skip
CLICK = line(
    "click-745", "confirm", message="ConfirmRegistration", story="click-745", after=209,
    facts=(("registration.confirmed.v1", "r745"),),
    outputs=(document("r745", 1), document("nec-2018", 745, "EditionDesk")),
)  # fmt: skip
CONFIRMED = CLICK.parcels[0]["id"]
TOLD = line(
    CONFIRMED, "tell_confirmed", room="notifications", message="registration.confirmed.v1", story="click-745",
    after=209.1, outputs=(mail("m2"),),
)  # fmt: skip
EXPECTED = line(
    CONFIRMED, "expect_attendance", room="scheduling", message="registration.confirmed.v1", story="click-745",
    after=209.2, outputs=(document("nec-2018", 12, "Attendance"),),
)  # fmt: skip
PARKED = ASKED.model_copy(update={"outcome": "parked", "reason": "KeyError in letter, line 9", "outputs": ()})
DROPPED = line(
    "an-operator", "drop_parked", room="notifications", message="DropParked", after=3600, scope=None,
    outputs=(
        Output(kind="document", ref="ask_to_confirm/r745", type="Parked (gone)"),
        Output(kind="dropped", ref=PARKED.id, why="a test registration"),
    ),
)  # fmt: skip
AHEAD = line(
    "organiser-745", "offer_place", message="OfferPlace", after=300,
    outputs=(
        document("nec-2018", 3, "Waitlist"),
        Output(kind="reason", ref="registration/r745", why="Interprète de la plénière"),
    ),
)  # fmt: skip
TOLD_SENT = line(
    "m2.1", "note_sent", room="notifications", message="NoteSent", story="click-745", after=210,
    facts=(("message.sent.v1", "m2"),),
    outputs=(
        mail("m2", 1),
        Output(kind="file", ref="m2/billet.png", media_type="image/png", sha256="a" * 64, size=912),
        Output(kind="file", ref="m2/nec.ics", media_type="text/calendar; method=PUBLISH", sha256="b" * 64, size=2048),
    ),
)  # fmt: skip

REGISTRATION = (FORM, ASKED, ASK_SENT, CLICK, TOLD, EXPECTED, TOLD_SENT)


def another(registration: int) -> tuple[TraceLine, ...]:
    """The same lines, of somebody else."""
    names = ("form-745", "click-745", "r745", SUBMITTED, CONFIRMED, '"m1', '"m2')
    return tuple(
        TraceLine.model_validate_json(
            reduce(lambda text, name: text.replace(name, f"{name}x{registration}"), names, one.model_dump_json())
        )
        for one in REGISTRATION
    )
