"""What was once said is still understood, word for word."""

from __future__ import annotations

import json
import re

import pytest
from pydantic import BaseModel

from colloque.contracts import FACTS
from colloque.contracts.traces import TraceLine
from tests.contracts.golden import SAMPLES, digest, released

CLASSES: dict[str, type[BaseModel]] = {**FACTS, "line": TraceLine}


def test_every_type_of_message_has_a_sample() -> None:
    assert set(SAMPLES) == set(CLASSES)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_read_by_its_class_and_says_the_same_again(name: str) -> None:
    said = SAMPLES[name].read_text()
    understood = CLASSES[name].model_validate_json(said)
    assert json.loads(understood.model_dump_json(exclude_none=True)) == json.loads(said)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_reader_ignores_what_a_later_writer_adds(name: str) -> None:
    said = json.loads(SAMPLES[name].read_text())
    added = {**said, "a_field_of_later": {"with": ["anything"]}}
    assert CLASSES[name].model_validate(added) == CLASSES[name].model_validate(said)


def test_a_released_sample_never_changes() -> None:
    """Make a new version of the type beside the old one; or, for a new type, add its line with sha256sum."""
    assert {path.name: digest(path) for path in SAMPLES.values()} == released()


def test_a_type_is_a_domain_word_in_the_past_tense_with_its_version() -> None:
    assert [name for name in FACTS if not re.fullmatch(r"[a-z_]+(\.[a-z_]+)?\.v[1-9][0-9]*", name)] == []
