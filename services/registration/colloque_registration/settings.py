"""What this room needs to be told, read once by whoever starts it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from colloque.web.settings import WebSettings


class RegistrationSettings(WebSettings):
    """`data_keys`: newest first; needs are sealed with the first and opened with any."""

    data_keys: Annotated[
        tuple[str, ...],
        NoDecode,
        BeforeValidator(lambda value: tuple(value.replace(",", " ").split()) if isinstance(value, str) else value),
        Field(min_length=1),
    ]
