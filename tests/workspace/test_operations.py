"""What the guide for operators says can be set is what can be set."""

import re
from pathlib import Path

from pydantic_settings import BaseSettings

from colloque.runtime.settings import RunSettings
from colloque.web.settings import WebSettings
from colloque_embedded.settings import EmbeddedSettings

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "operations.md"


def names(settings: type[BaseSettings]) -> set[str]:
    prefix = settings.model_config.get("env_prefix", "")
    return {f"{prefix}{name}".upper() for name in settings.model_fields}


def test_the_guide_names_every_setting_and_no_other() -> None:
    known = names(RunSettings) | names(WebSettings) | names(EmbeddedSettings)
    assert set(re.findall(r"COLLOQUE_[A-Z_]+", GUIDE.read_text())) == known
