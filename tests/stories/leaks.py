"""Does a name or an address stand somewhere, plain or in another dress?"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

DIGESTS: list[Callable[[bytes], Any]] = [
    *(hashlib.md5, hashlib.sha1, hashlib.sha224, hashlib.sha256, hashlib.sha384, hashlib.sha512),
    *(hashlib.blake2b, hashlib.blake2s, hashlib.sha3_256),
    *(lambda data, size=size: hashlib.blake2b(data, digest_size=size) for size in (8, 10, 12, 16, 20, 32)),
]
ENOUGH = 12
"""So many characters of a digest are no accident."""


def dresses(words: str) -> dict[str, bytes]:
    """Every way in which these words could stand in bytes; what encodes them with what is around comes at three
    offsets, less the characters that depend on the neighbours."""
    found: dict[str, bytes] = {}
    for form in ("NFC", "NFD"):
        text = unicodedata.normalize(form, words)
        for case, said in (("", text), ("lower ", text.lower()), ("upper ", text.upper())):
            raw, name = said.encode(), f"{case}{form} "
            found |= {
                f"{name}plain": raw,
                f"{name}url": quote(said, safe="").encode(),
                f"{name}form": quote_plus(said).encode(),
                f"{name}json": said.encode("ascii", "backslashreplace"),
                f"{name}hex": raw.hex().encode(),
                f"{name}HEX": raw.hex().upper().encode(),
            }
            for offset in range(3):
                padded = b"\0" * offset + raw
                whole = b64encode(padded + b"\0" * (-len(padded) % 3))
                body = whole[(0, 2, 3)[offset] : (len(padded) * 8) // 6]
                found[f"{name}base64/{offset}"] = body
                found[f"{name}base64url/{offset}"] = body.translate(bytes.maketrans(b"+/", b"-_"))
    return found


def digests(address: str) -> Iterator[tuple[str, str]]:
    """(what it is, how it begins) of the bare address's digests: hex and base64."""
    for said in {address, address.lower(), address.upper()}:
        for digest in DIGESTS:
            value = digest(said.encode()).digest()
            yield f"{said} as hex", value.hex()[:ENOUGH]
            yield f"{said} as base64", b64encode(value).decode().rstrip("=")[:ENOUGH]
            yield f"{said} as base64url", urlsafe_b64encode(value).decode().rstrip("=")[:ENOUGH]


class Sieve:
    def __init__(self, names: Iterable[str], addresses: Iterable[str], domain: str) -> None:
        """Addresses are all of one `domain`: one that stands somewhere, plain or dressed, shows it."""
        said = [*names, f"@{domain}"]
        self._needles = {needle: f"{one!r} {dress}" for one in said for dress, needle in dresses(one).items()}
        self._digests = {start: what for address in addresses for what, start in digests(address)}

    def found(self, places: Mapping[str, bytes]) -> list[str]:
        """« where: what »."""
        return [f"{where}: {what}" for where, hay in places.items() for what in self._in(hay)]

    def _in(self, hay: bytes) -> Iterator[str]:
        for needle, what in self._needles.items():
            if needle in hay:
                yield what
        words = set(re.findall(rb"[A-Za-z0-9+/_-]{12,}", hay))
        starts = {word[:ENOUGH] for word in words}
        for start, what in self._digests.items():
            if start.encode() in starts or (start.upper().encode() in starts and " as hex" in what):
                yield what
