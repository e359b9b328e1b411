"""French is the language of the source, English a catalogue beside it (`<package>/locale/en.po`), read at start."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from gettext import NullTranslations
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Literal

import starlette.convertors
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from colloque.contracts.fact import Texts
from colloque.web import french

Lang = Literal["fr", "en"]
LANGS: dict[Lang, str] = {"fr": "Français", "en": "English"}
DEFAULT: Lang = "fr"
RESERVED = (
    "confirm", "registration", "ticket", "invitation", "offer", "about", "accessibility", "privacy",
    "sign-in", "sign-out", "enter", "language", "static", "console", "api", "problems",
)  # fmt: skip
"""Never the id of an edition: they stand where an edition's id stands in a path."""


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for « to be translated where it is shown »
    return message


def lang_of(value: str | None) -> Lang | None:
    return "en" if value == "en" else "fr" if value == "fr" else None


def preferred(accept_language: str | None) -> Lang:
    """What a browser prefers of what we speak (RFC 9110 §12.5.4)."""
    wishes = []
    for part in (accept_language or "").split(",")[:20]:
        tag, _, parameters = part.strip().partition(";")
        weight = parameters.strip().removeprefix("q=") if parameters else "1"
        try:
            wishes.append((-float(weight), tag.strip().lower().split("-")[0]))
        except ValueError:
            continue
    for quality, tag in sorted(wishes, key=lambda wish: wish[0]):
        if quality < 0 and (known := lang_of(tag)):
            return known
    return DEFAULT


def text(texts: Texts, lang: str) -> str:
    """In this language, else in French (there, always), else in any."""
    return texts.get(lang) or texts.get(DEFAULT) or next(iter(texts.values()), "")


def written(texts: Texts, lang: str) -> str:
    """The same, in French typography where it is French."""
    in_french = lang == DEFAULT or not texts.get(lang)
    return french.typeset_once(text(texts, lang)) if in_french and texts.get(DEFAULT) else text(texts, lang)


class French(NullTranslations):
    """The source itself, with its typography put right."""

    @lru_cache(8192)  # noqa: B019 - one for the whole process, and only words of the source come by
    def gettext(self, message: str) -> str:
        return french.typeset(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if abs(n) < 2 else msgid2)

    def pgettext(
        self,
        context: str,  # noqa: ARG002 - gettext's own signature
        message: str,
    ) -> str:
        return self.gettext(message)

    def npgettext(
        self,
        context: str,  # noqa: ARG002
        msgid1: str,
        msgid2: str,
        n: int,
    ) -> str:
        return self.ngettext(msgid1, msgid2, n)


FRENCH = French()


@cache
def english(*packages: str) -> NullTranslations:
    """The catalogues of these packages, read once; where two say otherwise the later one wins."""
    whole = Translations()
    for package in packages:
        path = files(package) / "locale" / "en.po"
        if path.is_file():
            whole.merge(Translations(_compiled(path.read_bytes())))
    return whole


def translations(*packages: str) -> dict[Lang, NullTranslations]:
    return {"fr": FRENCH, "en": english(*packages)}


def _compiled(po: bytes) -> BytesIO:
    mo = BytesIO()
    write_mo(mo, read_po(BytesIO(po), locale="en", abort_invalid=True))
    mo.seek(0)
    return mo


_JINJA = {"trimmed": "true", "newstyle_gettext": "true", "extensions": "jinja2.ext.do", "silent": "false"}
"""Not silent: a template that cannot be read would be a page without its English."""


def words_of(package: str) -> Catalog:
    """Every msgid of a package's Python and templates."""
    found = Catalog(locale="en")
    methods = [
        ("**.py", "python"),
        ("templates/**.html", "jinja2"),
        ("templates/**.txt", "jinja2"),
        ("mails/**.md", "jinja2"),
    ]
    options = {pattern: dict(_JINJA) for pattern, method in methods if method == "jinja2"}
    keywords = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "say": (2,)}
    for where, line, message, comments, context in extract_from_dir(
        str(_folder(package)), methods, options, keywords=keywords, comment_tags=("L10N:",)
    ):
        found.add(message, None, [(where, line)], auto_comments=comments, context=context)
    return found


def missing(package: str) -> list[str]:
    """Msgids of a package that its English catalogue (or the web's) does not say."""
    known: dict[str, bool] = {}
    for one in {"colloque.web", package}:
        path = files(one) / "locale" / "en.po"
        if path.is_file():
            known.update(
                (_key(m.id), _said(m.string)) for m in read_po(BytesIO(path.read_bytes())) if m.id and not m.fuzzy
            )
    return sorted(key for message in words_of(package) if message.id and not known.get(key := _key(message.id)))


def _key(id: str | Iterable[str]) -> str:
    return id if isinstance(id, str) else "\0".join(id)


def _said(string: str | Iterable[str] | None) -> bool:
    return all(string) if string and not isinstance(string, str) else bool(string)


def _folder(package: str) -> Path:
    return Path(str(files(package)))


class _LangConvertor(starlette.convertors.StringConvertor):
    regex = "|".join(LANGS)


class _EditionConvertor(starlette.convertors.StringConvertor):
    regex = f"(?!(?:{'|'.join(RESERVED)})(?:/|$))[a-z0-9][a-z0-9-]*"


# So that no path means two things, in whatever order routes are mounted.
starlette.convertors.register_url_convertor("lang", _LangConvertor())
starlette.convertors.register_url_convertor("edition", _EditionConvertor())
