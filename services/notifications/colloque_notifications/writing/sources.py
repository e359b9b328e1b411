"""The words of each mail: `mails/<name>/{subject.<lang>.txt, body.<lang>.md}`. The second line of a subject file is
what a mailbox shows beside it. French is typed plainly; its typography is put on here."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from colloque.web.filters import filters
from colloque.web.french import typeset
from colloque.web.i18n import lang_of
from colloque_notifications.writing.marks import LINE_BREAK, clean, hole, literal, when


class Source(NamedTuple):
    subject: str
    preview: str
    body: str


@cache
def _environment(lang: str, *, markdown: bool) -> Environment:
    """In Markdown whatever is written is words, never markup."""
    env = Environment(
        loader=PackageLoader("colloque_notifications", "mails"),
        undefined=StrictUndefined,
        autoescape=markdown,  # noqa: S701 - a subject is one line of plain words
        finalize=literal if markdown else None,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    env.filters.update(filters(lang_of(lang) or "fr"))
    env.globals.update(hole=hole, when=when, br=LINE_BREAK, lang=lang)
    return env


def source(template: str, lang: str, context: dict[str, Any]) -> Source:
    subject = _environment(lang, markdown=False).get_template(f"{template}/subject.{lang}.txt").render(context)
    body = _environment(lang, markdown=True).get_template(f"{template}/body.{lang}.md").render(context)
    if lang == "fr":
        subject, body = typeset(subject), typeset(body)
    lines = [clean(line).strip() for line in subject.strip().split("\n")]
    return Source(lines[0], lines[1] if len(lines) > 1 else "", body)
