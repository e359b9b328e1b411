"""Tokens for the API: made here, shown once, kept nowhere."""

from __future__ import annotations

import secrets


def new_token() -> str:
    """256 bits, with a prefix by which a scanner of leaked secrets knows it."""
    return f"colloque_{secrets.token_urlsafe(32)}"
