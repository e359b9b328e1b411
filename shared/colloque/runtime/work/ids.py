"""Ids that a second run makes again and nobody can guess."""

from __future__ import annotations

from hashlib import blake2b

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def keyed_id(key: bytes, *parts: str) -> str:
    """20 letters and digits that cannot be read wrong (98 bits), made of what they stand for."""
    number = int.from_bytes(blake2b("\0".join(parts).encode(), digest_size=16, key=key).digest(), "big")
    letters = []
    for _ in range(20):
        number, digit = divmod(number, 31)
        letters.append(_ALPHABET[digit])
    return "".join(letters)
