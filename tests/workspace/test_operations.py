"""What the guide for operators says can be set, or goes wrong, is what can; what is made for them is up to date."""

import re
from pathlib import Path

import yaml
from pydantic_settings import BaseSettings

from colloque.runtime.bus.topics import TABLE, manifest
from colloque.runtime.settings import RunSettings
from colloque.web.settings import WebSettings
from colloque_embedded.settings import EmbeddedSettings

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "operations.md"


def names(settings: type[BaseSettings]) -> set[str]:
    prefix = settings.model_config.get("env_prefix", "")
    return {f"{prefix}{name}".upper() for name in settings.model_fields}


def test_the_guide_names_every_setting_and_no_other() -> None:
    known = names(RunSettings) | names(WebSettings) | names(EmbeddedSettings)
    assert set(re.findall(r"COLLOQUE_[A-Z_]+", GUIDE.read_text())) == known


def test_the_table_of_topics_is_as_the_house_makes_them() -> None:
    """`python -m colloque.runtime.bus.topics > deploy/kafka/topics.yaml` renews it."""
    written = (ROOT / "deploy" / "kafka" / "topics.yaml").read_text()
    assert written == manifest()
    told = {one["name"]: (one["partitions"], one["config"]) for one in yaml.safe_load(written)["topics"]}
    assert told == {name: (topic.partitions, topic.settings) for name, topic in TABLE.items()}


def test_the_guide_says_what_each_count_means_that_may_alarm() -> None:
    alarms = {
        *("parked", "to_relay", "ready", "waiting"),
        *("bugs", "conflicts", "down", "unknown", "gave_up"),
        *("relay_away", "relay_asks", "relay_sent_again", "intake_asks", "intake_garbled", "postman_unreachable"),
    }
    assert set(re.findall(r"`colloque_\w+\{what=\"(\w+)\"\}`", GUIDE.read_text())) == alarms
