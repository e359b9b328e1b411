"""The catalogue of what travels between rooms, for whoever reads or writes along: JSON Schema and AsyncAPI 3, made from
the very classes that the rooms use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from inspect import cleandoc
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from colloque.contracts import BY_ROOM, CONTACTS, FACTS, ROOMS, TRACES, topic
from colloque.contracts.registration import Contact, ContactChanged
from colloque.contracts.traces import TraceLine

DIALECT = "https://json-schema.org/draft/2020-12/schema"
VERSION = "1.0.0"

Table = Mapping[str, Iterable[str]]
"""Type of message → names of the steps for it, as `Steps.names()` says it."""


def type_of(message: type[BaseModel]) -> str:
    return str(message.model_fields["type"].default)


MESSAGES: dict[str, type[BaseModel]] = {
    **{name: fact for name, fact in FACTS.items() if fact is not ContactChanged},
    type_of(TraceLine): TraceLine,
}
"""Every message that travels, by type. That a contact changed is a notice of the registration room to its own relay:
what leaves is the contact as it then stands."""


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema of one type of message. Raises KeyError for a type that nobody says."""
    message = MESSAGES[name]
    return {"$schema": DIALECT, "$id": schema_path(name), **message.model_json_schema()}


def schema_path(name: str) -> str:
    return f"/api/schemas/{name}"


def asyncapi(rooms: Mapping[str, Table], *, house: str = "Colloque") -> dict[str, Any]:
    """The whole house in one document: a channel for each topic, what each room sends, and what each one receives
    because it has steps for it (`rooms`: its table of steps)."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"{house}: facts",
            "version": VERSION,
            "description": _ABOUT,
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "channels": {name: _channel(name, says) for name, says in _says().items()},
        "operations": {**dict(_sending()), **dict(_receiving(rooms))},
        "components": {
            "messages": {name: _message(name) for name in MESSAGES},
            "schemas": {**_schemas(), "Postmark": POSTMARK},
            "messageTraits": {"cloudEvent": {"headers": _ref("schemas", "Postmark")}},
        },
    }


_ABOUT = (
    "What has happened in each room, as CloudEvents 1.0 in Kafka's binary mode. Every stream (source, topic, partition)"
    " is numbered 1, 2, 3 … without a hole. Names and addresses travel on colloque.contacts only."
)


def _says() -> dict[str, list[str]]:
    """Topic → types of message on it."""
    line = type_of(TraceLine)
    said: dict[str, list[str]] = {topic(room): [] for room in ROOMS}
    for room, facts in BY_ROOM.items():
        said[topic(room)] += [type_of(fact) for fact in facts if fact not in (Contact, ContactChanged)]
    for room in ROOMS:
        if "room.opened.v1" not in said[topic(room)]:
            said[topic(room)].append("room.opened.v1")
    return {**said, CONTACTS: [type_of(Contact)], TRACES: [*said.get(TRACES, ()), line]}


def _channel(name: str, says: Iterable[str]) -> dict[str, Any]:
    return {
        "address": name,
        "title": _TITLES[name],
        "messages": {_key(type_name): _ref("messages", type_name) for type_name in says},
        "bindings": {
            "kafka": {
                "topic": name,
                "partitions": 12,
                "topicConfiguration": {"cleanup.policy": ["delete"], "retention.ms": 7 * 24 * 3600 * 1000},
                "bindingVersion": "0.5.0",
            }
        },
    }


_TITLES = {
    "colloque.registration": "Who comes",
    "colloque.scheduling": "When and where",
    "colloque.notifications": "Who is told",
    TRACES: "What came of it: the lines of every room's journal",
    CONTACTS: "Names and addresses, each message a contact as it stands, or nothing of it any more",
}

_KEYS = {
    CONTACTS: "The person",
    TRACES: "The story: the id of the first cause of the chain",
}


def _sending() -> Iterator[tuple[str, dict[str, Any]]]:
    for room in ROOMS:
        on = [topic(room), TRACES] if topic(room) != TRACES else [TRACES]
        for name in (*on, *((CONTACTS,) if room == "registration" else ())):
            types = _says()[name]
            if name == TRACES and room != "traces":
                types = [type_of(TraceLine)]
            yield _operation(room, "send", name, types)


def _receiving(rooms: Mapping[str, Table]) -> Iterator[tuple[str, dict[str, Any]]]:
    for room, table in sorted(rooms.items()):
        for name, says in _says().items():
            if types := [type_name for type_name in says if type_name in table]:
                operation = _operation(room, "receive", name, types)
                operation[1]["x-steps"] = {type_name: list(table[type_name]) for type_name in types}
                yield operation


def _operation(room: str, action: str, name: str, types: Iterable[str]) -> tuple[str, dict[str, Any]]:
    verb = {"send": "says", "receive": "hears"}[action]
    operation: dict[str, Any] = {
        "action": action,
        "title": f"{room} {verb} on {name}",
        "channel": {"$ref": f"#/channels/{name}"},
        "messages": [{"$ref": f"#/channels/{name}/messages/{_key(type_name)}"} for type_name in types],
    }
    if action == "receive":
        operation["bindings"] = {
            "kafka": {"groupId": {"type": "string", "const": room}, "bindingVersion": "0.5.0"},
        }
    return f"{room}-{verb}-{_key(name)}", operation


def _message(name: str) -> dict[str, Any]:
    message = MESSAGES[name]
    where = next(on for on, says in _says().items() if name in says)
    doc = cleandoc(message.__doc__ or "")
    return {
        "name": name,
        "title": name,
        **({"summary": doc} if doc else {}),
        "contentType": "application/json",
        "traits": [_ref("messageTraits", "cloudEvent")],
        "payload": _ref("schemas", message.__name__),
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": _KEYS.get(where, "The subject of the fact")},
                "bindingVersion": "0.5.0",
            }
        },
    }


def _schemas() -> dict[str, Any]:
    _, top = models_json_schema(
        [(message, "validation") for message in MESSAGES.values()], ref_template="#/components/schemas/{model}"
    )
    return dict(top["$defs"])


def _ref(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def _key(name: str) -> str:
    """Names of map entries may hold no dots."""
    return name.replace(".", "-")


def _header(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, **more}


_NUMBER = "^[1-9][0-9]*$"

POSTMARK: dict[str, Any] = {
    "type": "object",
    "description": "CloudEvents 1.0 attributes as Kafka headers, and the number of the stream.",
    "required": [
        *("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time", "ce_dataschema", "ce_story"),
        *("ce_cause", "content-type", "epoch", "seq", "n"),
    ],
    "properties": {
        "ce_specversion": _header("CloudEvents", const="1.0"),
        "ce_id": _header("Of the fact: the same id twice is the same fact"),
        "ce_type": _header("The versioned type"),
        "ce_source": _header(
            "The room whose stream this is", format="uri-reference", examples=["/colloque/scheduling"]
        ),
        "ce_subject": _header("What it is about; also the record's key"),
        "ce_time": _header("When it happened", format="date-time"),
        "ce_dataschema": _header("Where its JSON Schema is", format="uri-reference"),
        "ce_story": _header("The first cause of the chain"),
        "ce_cause": _header("What caused it"),
        "content-type": _header("Of the body", const="application/json"),
        "traceparent": _header("W3C trace context"),
        "epoch": _header("Which life of the room's journal", pattern=_NUMBER),
        "seq": _header("Number in its stream (source, topic, partition)", pattern=_NUMBER),
        "n": _header("Number of its line in the room's journal", pattern=_NUMBER),
    },
}
