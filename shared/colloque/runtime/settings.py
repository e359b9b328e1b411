"""What a process needs to be told to run rooms: where its broker, its database and its mail server are. Read once, in
`__main__`, and handed on."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from colloque.runtime.mailer.smtp import SmtpSettings


class RunSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="COLLOQUE_", frozen=True, extra="ignore", hide_input_in_errors=True)

    kafka: str = "127.0.0.1:9092"
    """Bootstrap servers, with commas between them."""
    kafka_idempotent: bool = True
    """The producer numbers what it sends. A broker that does not know this refuses it."""
    mongodb: str = "mongodb://127.0.0.1:27017/?replicaSet=rs0"
    database_prefix: str = "colloque_"
    """A room's database is this and its name."""
    smtp: str = "smtp://127.0.0.1:25"
    """`smtp://` plain, `smtp+starttls://`, `smtps://`; with `user:password@` where the server wants them."""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    turn_limit: int = Field(default=64, ge=1, le=1000)
    replicas: bool = False
    """More than one process runs this room: a change stream wakes us for what the others commit."""
    log_level: str = "INFO"
    otlp: str = ""
    """Where OpenTelemetry spans go (`http://collector:4318`). Empty: nowhere."""

    @property
    def mail_server(self) -> SmtpSettings:
        parts = urlsplit(self.smtp)
        ports = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
        security = {"smtp": "none", "smtp+starttls": "starttls", "smtps": "tls"}
        if parts.scheme not in ports:
            raise ValueError("COLLOQUE_SMTP begins with smtp://, smtp+starttls:// or smtps://")
        return SmtpSettings(
            host=parts.hostname or "127.0.0.1",
            port=parts.port or ports[parts.scheme],
            security=security[parts.scheme],
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )
