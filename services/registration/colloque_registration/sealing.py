"""Needs leave and enter the pages in the clear; everywhere behind them they are sealed."""

from __future__ import annotations

from cryptography.fernet import Fernet, MultiFernet

from colloque_registration.domain.needs import Needs


class Seal:
    """To rotate: put a new key in front, take the last one away once what it sealed has been purged."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        if not keys:
            raise ValueError("COLLOQUE_DATA_KEYS is empty: what people need could not be kept safe")
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def shut(self, needs: Needs) -> str:
        """Nothing is kept of whoever needs nothing."""
        return "" if needs.none else self._fernet.encrypt(needs.model_dump_json().encode()).decode()

    def open(self, sealed: str) -> Needs:
        return Needs.model_validate_json(self._fernet.decrypt(sealed.encode())) if sealed else Needs()
