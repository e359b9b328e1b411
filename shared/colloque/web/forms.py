"""A form as a class: what is read, what is said beside each field, and a token that makes sending it twice harmless.

Nothing a person typed is ever lost: whatever goes wrong, `Filled` holds it and the page shows it again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from colloque.runtime.journal import Cause
from colloque.runtime.refusal import Refusal
from colloque.web.answers import SAID, UNFORESEEN, Email, Line, Lines, Phone
from colloque.web.bodies import MAX_BODY, TooLarge, Unreadable, read_fields
from colloque.web.i18n import N_

__all__ = ["Email", "Filled", "Form", "Line", "Lines", "Phone", "TooLarge", "Unreadable", "read_fields", "typed_of"]

TOKEN, HONEYPOT = "form_token", "website"
TOP = ""
"""The place of what is wrong with the form as a whole."""

MESSAGES = {
    "token_missing": N_(
        "Votre navigateur n'a pas gardé le cookie de cette page. Relisez vos réponses et renvoyez-les."
    ),
    "token_old": N_("Cette page est restée ouverte longtemps. Relisez vos réponses et renvoyez-les."),
    "too_quick": N_("C'est parti très vite. Relisez vos réponses et renvoyez-les."),
}
FILLED_UNSEEN = N_(
    "Une case cachée a été remplie, peut-être par votre navigateur. Elle est vide maintenant : renvoyez tout."
)


class Form(BaseModel):
    """`labels`: what a summary calls each field; `questions`: its number, as on paper; `words`: field → error type →
    msgid (`*` for any). A model validator may raise PydanticCustomError with `{"field": name}` as its context."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True, hide_input_in_errors=True)

    labels: ClassVar[Mapping[str, str]] = {}
    questions: ClassVar[Mapping[str, int]] = {}
    words: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    most: ClassVar[int] = MAX_BODY
    """Bytes that it may have as sent."""

    @classmethod
    def gather(cls, fields: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """What a browser sent → the fields of the form. A blank answer counts as none."""
        values: dict[str, Any] = {}
        for name, field in cls.model_fields.items():
            given = [value for value in fields.get(name, ()) if value.strip()]
            if given:
                values[name] = given if is_many(field.annotation) else given[-1]
        return values

    @classmethod
    def purpose(cls) -> str:
        """A token made for one form is none for another."""
        return cls.__name__


def is_many(annotation: Any) -> bool:
    origin = get_origin(annotation)
    if origin in (tuple, list, set, frozenset):
        return True
    return origin is not None and any(is_many(part) for part in get_args(annotation) if part is not type(None))


F = TypeVar("F", bound=Form)
SHAPES = {
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "datetime-local": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?"),
}
Say = Callable[..., str]
"""(msgid, **values) → words in the language of the page."""


class Filled(Generic[F]):
    """A form on its page: what was typed, what is wrong, and, when nothing is, its value."""

    def __init__(self, kind: type[F], say: Say, token: str, cause: Cause, typed: Mapping[str, Sequence[str]]) -> None:
        self.kind, self.say, self.token, self.cause = kind, say, token, cause
        self.typed = {name: list(values) for name, values in typed.items() if name not in (TOKEN, HONEYPOT)}
        self.errors: dict[str, str] = {}
        self.value: F | None = None
        self.status = 200
        self.words: Mapping[str, Any] = {}

    # ---- for the handler
    def read(self) -> None:
        try:
            self.value = self.kind.model_validate(self.kind.gather(self.typed))
        except ValidationError as refused:
            for error in refused.errors(include_url=False, include_input=False):
                self.wrong(*self._explained(error))

    def wrong(self, field: str, message: str, status: int = 422) -> None:
        """`message` in the page's language. The first one beside a field stands."""
        self.errors.setdefault(field, message)
        self.value, self.status = None, max(self.status, status)

    def refuse(self, refusal: Refusal) -> None:
        """What the domain said no to, in the room's words: beside its field, or on top."""
        words = self.words.get(refusal.slug)
        msgid = (words.beside or words.title) if words else N_("Ce n'est pas possible pour l'instant.")
        self.wrong(refusal.field or TOP, self.say(msgid, **refusal.context), refusal.status)

    def _explained(self, error: ErrorDetails) -> tuple[str, str]:
        context = dict(error.get("ctx") or {})
        field = str(context.get("field") or (error["loc"][0] if error["loc"] else TOP))
        own = self.kind.words.get(field, {})
        kind = error["type"]
        if kind in ("too_long", "too_short") and field in self.kind.model_fields:
            # A limit put on a text after its cleaning is said of a list, too.
            kind = kind if is_many(self.kind.model_fields[field].annotation) else f"string_{kind}"
        msgid = own.get(kind) or own.get("*") or SAID.get(kind) or UNFORESEEN
        return field, self.say(msgid, **context)

    # ---- for the macros
    def first(self, name: str) -> str:
        values = self.typed.get(name)
        return values[-1] if values else ""

    def fits(self, name: str, kind: str) -> bool:
        """A browser throws away what an input of that type cannot hold: it is shown in one that takes any words."""
        shape, typed = SHAPES.get(kind), self.first(name)
        return shape is None or not typed or shape.fullmatch(typed) is not None

    def has(self, name: str, value: str) -> bool:
        return value in self.typed.get(name, ())

    def error(self, name: str) -> str:
        return self.errors.get(name, "")

    def fault(self, name: str) -> str:
        """« Erreur : il manque… »"""
        return self.say(N_("Erreur : %(message)s"), message=inside(self.errors[name]))

    def number(self, name: str) -> int:
        return self.kind.questions.get(name, 0)

    def label(self, name: str) -> str:
        label = self.kind.labels.get(name, "")
        return self.say(label) if label else ""

    def optional(self, name: str) -> bool:
        field = self.kind.model_fields.get(name)
        return field is None or not field.is_required()

    def summary(self) -> list[tuple[str, str]]:
        """(field, « Question 4 : … ») in the order of the questions; what is wrong as a whole first."""
        order = list(self.kind.model_fields)
        ranked = sorted(self.errors, key=lambda name: (name != TOP, self.number(name) or 999, _place(order, name)))
        return [(name, self._line_of(name)) for name in ranked]

    def _line_of(self, name: str) -> str:
        message, number, label = self.errors[name], self.number(name), self.label(name)
        if not label:
            return message
        if not number:
            return self.say(N_("%(label)s : %(message)s"), label=label, message=inside(message))
        line = N_("Question %(number)s, %(label)s : %(message)s")
        return self.say(line, number=number, label=inside(label.rstrip(" ?\u202f")), message=inside(message))

    def kept(self) -> list[tuple[str, str]]:
        """All that was typed, as hidden fields of a page that offers to send it again."""
        return [(name, value) for name, values in self.typed.items() for value in values]


def inside(words: str) -> str:
    """A sentence after a colon: without its capital, unless it is more than the first letter."""
    return words[:1].lower() + words[1:] if words[1:2] == words[1:2].lower() else words


def _place(order: Sequence[str], name: str) -> int:
    return order.index(name) if name in order else len(order)


def typed_of(values: Mapping[str, Any] | BaseModel | None) -> dict[str, list[str]]:
    """Values as a form would send them: what a page begins with."""
    if values is None:
        return {}
    pairs: Iterable[tuple[str, Any]] = values if isinstance(values, BaseModel) else values.items()
    return {name: _strings(value) for name, value in pairs if value is not None}


def _strings(value: Any) -> list[str]:
    if isinstance(value, list | tuple | set | frozenset):
        return [str(one) for one in value]
    if isinstance(value, bool):
        return ["yes"] if value else []
    return [str(value)]
