"""What can be set from outside (`COLLOQUE_EMBEDDED_…`); read once, where the process begins."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class EmbeddedSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="COLLOQUE_EMBEDDED_", frozen=True)

    data: Path = Path("var")
    """Everything the house keeps: documents, mails, logs."""

    port: int = Field(default=18018, ge=1024, le=65000)
    """Where the pages answer; the database, the broker and the mail sink take the numbers after it."""

    db: Path | None = None
    """Another database program than the Python one: the path of a `secantusd-rs`."""

    broker_keeps: int = Field(default=500, ge=1)
    """Batches of a topic after which the house's own broker begins it again."""
