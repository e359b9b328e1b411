"""Names and addresses as people write them, and as they are compared."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

_WORD = re.compile(r"\w+")
_UNDECOMPOSED = str.maketrans({"đ": "d", "ø": "o", "ł": "l", "œ": "oe", "æ": "ae", "ð": "d", "þ": "th", "ı": "i"})


def fold(text: str) -> str:
    """Without case and accents: « Étrelles » and « ETRELLES » are one."""
    # Twice: what stands for a letter (𝞐) has no case of its own, and a small letter may come apart once more.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text.casefold()).casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_UNDECOMPOSED)


def words(*texts: str) -> tuple[str, ...]:
    """The folded words of these texts, each once, in order."""
    return tuple(dict.fromkeys(word for text in texts for word in _WORD.findall(fold(text))))


def tidy(text: str) -> str:
    """One line, one form of each accent, single spaces. What cannot be written on a badge is refused."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    if any(unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn") for c in text):
        raise ValueError("a character that cannot be written")
    return text


Line = Annotated[str, AfterValidator(tidy)]
Name = Annotated[Line, Field(min_length=1, max_length=80)]
