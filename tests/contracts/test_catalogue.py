"""The catalogue that strangers read says what really travels."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from colloque.contracts import ROOMS, TOPICS
from colloque.contracts.catalogue import MESSAGES, POSTMARK, asyncapi, schema, schema_path
from colloque.contracts.registration import RegistrationExpired
from colloque.runtime.bus.envelope import Franking, everything
from colloque.runtime.journal import parcels_of
from tests.contracts.golden import SAMPLES

TABLES = {
    "registration": {"edition.opened.v1": ("follow_edition",), "SubmitRegistration": ("submit",)},
    "notifications": {"registration.confirmed.v1": ("tell_confirmed",), "contact.v1": ("keep_contact",)},
    "traces": {"line": ("keep_line",), "room.opened.v1": ("keep_steps",)},
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return asyncapi(TABLES)


@pytest.mark.parametrize("name", MESSAGES)
def test_the_schema_of_a_type_accepts_its_sample(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))
    sample = json.loads(SAMPLES[name].read_text())
    Draft202012Validator(schema(name), format_checker=FormatChecker()).validate(sample)


@pytest.mark.parametrize("name", MESSAGES)
def test_the_schema_of_a_type_refuses_another_type_and_a_missing_subject(name: str) -> None:
    sample = json.loads(SAMPLES[name].read_text())
    checker = Draft202012Validator(schema(name))
    with pytest.raises(ValidationError):
        checker.validate({**sample, "type": "something.else.v1"})
    needed = schema(name)["required"][0]
    with pytest.raises(ValidationError):
        checker.validate({key: value for key, value in sample.items() if key != needed})


def test_nobody_says_an_unknown_type() -> None:
    with pytest.raises(KeyError):
        schema("registration.imagined.v1")


def test_every_topic_is_a_channel_and_every_message_stands_on_one(document: dict[str, Any]) -> None:
    assert {channel["address"] for channel in document["channels"].values()} == set(TOPICS)
    said = {ref["$ref"].rsplit("/", 1)[1] for ch in document["channels"].values() for ref in ch["messages"].values()}
    assert said == set(MESSAGES) == set(document["components"]["messages"])


def test_the_contact_travels_on_its_own_topic_only(document: dict[str, Any]) -> None:
    where = [name for name, channel in document["channels"].items() if "contact-v1" in channel["messages"]]
    assert where == ["colloque.contacts"]


def test_a_room_receives_what_it_has_steps_for_and_nothing_else(document: dict[str, Any]) -> None:
    received = {
        name: operation["x-steps"]
        for name, operation in document["operations"].items()
        if operation["action"] == "receive"
    }
    assert received == {
        "registration-hears-colloque-scheduling": {"edition.opened.v1": ["follow_edition"]},
        "notifications-hears-colloque-registration": {"registration.confirmed.v1": ["tell_confirmed"]},
        "notifications-hears-colloque-contacts": {"contact.v1": ["keep_contact"]},
        "traces-hears-colloque-registration": {"room.opened.v1": ["keep_steps"]},
        "traces-hears-colloque-scheduling": {"room.opened.v1": ["keep_steps"]},
        "traces-hears-colloque-notifications": {"room.opened.v1": ["keep_steps"]},
        "traces-hears-colloque-traces": {"room.opened.v1": ["keep_steps"], "line": ["keep_line"]},
    }


def test_every_room_says_its_facts_and_its_lines(document: dict[str, Any]) -> None:
    sending = {name for name, operation in document["operations"].items() if operation["action"] == "send"}
    assert sending >= {f"{room}-says-colloque-{room}" for room in ROOMS}
    assert sending >= {f"{room}-says-colloque-traces" for room in ROOMS}
    assert "registration-says-colloque-contacts" in sending


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    refs = list(references(document))
    assert refs
    for ref in refs:
        place: Any = document
        for part in ref.removeprefix("#/").split("/"):
            place = place[part]


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_the_payload_of_a_message_accepts_its_sample(document: dict[str, Any]) -> None:
    for name, message in document["components"]["messages"].items():
        whole = {**message["payload"], "components": document["components"]}
        Draft202012Validator(whole).validate(json.loads(SAMPLES[name].read_text()))


def test_the_document_is_json_and_has_no_empty_text(document: dict[str, Any]) -> None:
    assert json.loads(json.dumps(document)) == document
    assert document["asyncapi"] == "3.0.0"
    assert all(channel["title"] for channel in document["channels"].values())


def test_the_headers_in_the_catalogue_are_those_on_the_envelopes() -> None:
    at = datetime(2018, 6, 24, tzinfo=UTC)
    fact = RegistrationExpired(subject="r77", at=at, edition="nec-2018", person="p77")
    line = {
        "_id": "cause/expire", "n": 7, "story": "story", "cause": "cause", "message": "ExpireRegistration",
        "step": "expire", "scope": "nec-2018", "at": at, "took_ms": 1.0, "outcome": "done", "reason": None,
        "outputs": [], "parcels": parcels_of("registration", "cause/expire", [fact]),
        "trace": {"partition": 3, "seq": 1},
    }  # fmt: skip
    line["parcels"][0]["seq"] = 1  # type: ignore[index]
    letters = list(Franking("registration", 1).letters(line, {}, everything))
    assert len(letters) == 2
    for letter in letters:
        headers = {name: value.decode() for name, value in letter.headers}
        assert set(headers) <= set(POSTMARK["properties"])
        Draft202012Validator(POSTMARK).validate(headers)
        assert headers["ce_dataschema"] == schema_path(headers["ce_type"])
        assert headers["ce_type"] in MESSAGES
        Draft202012Validator(schema(headers["ce_type"])).validate(json.loads(letter.body))
