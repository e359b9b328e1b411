"""A form as a class: what is read, what is said beside each field, and a token that makes sending it twice harmless.

Nothing a person typed is ever lost: whatever goes wrong, `Filled` holds it and the page shows it again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Generic, TypeVar, get_args, get_origin
from urllib.parse import parse_qsl

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError
from starlette.requests import Request

from colloque.runtime.journal import Cause
from colloque.runtime.refusal import Refusal
from colloque.web.i18n import N_

MAX_BODY = 64 * 1024
MAX_FIELDS = 200
TOKEN, HONEYPOT = "form_token", "website"
TOP = ""
"""The place of what is wrong with the form as a whole."""


class TooLarge(Refusal):
    status = 413


class Unreadable(Refusal):
    """Not what a browser sends."""

    status = 400


# ---- what people type
def _line(value: Any) -> Any:
    """One line, without anything that could begin another in a header, a file or a log."""
    if not isinstance(value, str):
        return value
    kept = "".join(sign if unicodedata.category(sign) not in ("Cc", "Zl", "Zp") else " " for sign in value)
    return unicodedata.normalize("NFC", re.sub(r" +", " ", kept)).strip()


def _paragraphs(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    kept = value.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(sign for sign in kept if sign in "\n\t" or unicodedata.category(sign) != "Cc")
    return unicodedata.normalize("NFC", kept).strip()


def _email(value: str) -> str:
    local, at, domain = value.rpartition("@")
    if not at or not local:
        raise PydanticCustomError("email_at", "an address has an @ between a name and a place")
    if "." not in domain.strip("."):
        raise PydanticCustomError("email_end", "the address lacks its end")
    try:
        return validate_email(value, check_deliverability=False, strict=False).normalized
    except EmailNotValidError:
        raise PydanticCustomError("email_shape", "not an address a letter could be sent to") from None


def _phone(value: str) -> str:
    digits = re.sub(r"[\s().\u00a0\u202f-]", "", value)
    if not re.fullmatch(r"\+?[0-9]{6,15}", digits):
        raise PydanticCustomError("phone_shape", "a telephone number is 6 to 15 digits")
    return value


Line = Annotated[str, BeforeValidator(_line), Field(max_length=200)]
Words = Annotated[str, BeforeValidator(_paragraphs), Field(max_length=4000)]
"""Several lines."""
Email = Annotated[str, BeforeValidator(_line), Field(max_length=254), AfterValidator(_email)]
Phone = Annotated[str, BeforeValidator(_line), Field(max_length=40), AfterValidator(_phone)]

SAID: dict[str, str] = {
    "missing": N_("Il manque cette réponse."),
    "string_too_short": N_("C'est trop court : %(min_length)s signes au moins."),
    "string_too_long": N_("C'est trop long : %(max_length)s signes au plus."),
    "literal_error": N_("Choisissez une des réponses proposées."),
    "enum": N_("Choisissez une des réponses proposées."),
    "too_long": N_("C'est trop : %(max_length)s choix au plus."),
    "too_short": N_("Choisissez au moins %(min_length)s réponse(s)."),
    "int_parsing": N_("Écrivez un nombre, en chiffres."),
    "int_type": N_("Écrivez un nombre, en chiffres."),
    "greater_than_equal": N_("C'est trop peu : %(ge)s au moins."),
    "less_than_equal": N_("C'est trop : %(le)s au plus."),
    "bool_parsing": N_("Cochez, ou laissez vide."),
    "date_from_datetime_parsing": N_("Écrivez la date ainsi : 2018-09-13."),
    "date_parsing": N_("Écrivez la date ainsi : 2018-09-13."),
    "email_at": N_("Il manque le signe @ ou ce qui l'entoure, par exemple « prenom.nom@exemple.fr »."),
    "email_end": N_("Il manque la fin de l'adresse, par exemple « .fr » ou « .org »."),
    "email_shape": N_(
        "Cette adresse ne peut pas recevoir de courriel : relisez-la, il y a peut-être un espace ou un signe en trop."
    ),
    "phone_shape": N_("Écrivez le numéro en chiffres, par exemple « 02 61 91 00 18 » ou « +33 2 61 91 00 18 »."),
}
"""pydantic's (or a validator's own) error type → what to do about it. A form's `words` come first."""
UNFORESEEN = N_("Cette réponse ne peut pas être lue telle quelle : relisez-la.")

MESSAGES = {
    "token_missing": N_(
        "Votre navigateur n'a pas gardé le cookie de cette page. Relisez vos réponses et renvoyez-les."
    ),
    "token_old": N_("Cette page est restée ouverte longtemps. Relisez vos réponses et renvoyez-les."),
    "too_quick": N_("C'est parti très vite. Relisez vos réponses et renvoyez-les."),
    "honeypot": N_(
        "Une case cachée a été remplie, peut-être par votre navigateur. Elle est vide maintenant : renvoyez vos réponses."
    ),
}


class Form(BaseModel):
    """`labels`: what a summary calls each field; `questions`: its number, as on paper; `words`: field → error type →
    msgid (`*` for any). A model validator may raise PydanticCustomError with `{"field": name}` as its context."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True, hide_input_in_errors=True)

    labels: ClassVar[Mapping[str, str]] = {}
    questions: ClassVar[Mapping[str, int]] = {}
    words: ClassVar[Mapping[str, Mapping[str, str]]] = {}

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
        msgid = own.get(kind) or own.get("*") or SAID.get(kind) or UNFORESEEN
        return field, self.say(msgid, **context)

    # ---- for the macros
    def first(self, name: str) -> str:
        values = self.typed.get(name)
        return values[-1] if values else ""

    def has(self, name: str, value: str) -> bool:
        return value in self.typed.get(name, ())

    def error(self, name: str) -> str:
        return self.errors.get(name, "")

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
        if number and label:
            return self.say(
                N_("Question %(number)s, %(label)s : %(message)s"), number=number, label=label, message=message
            )
        return self.say(N_("%(label)s : %(message)s"), label=label, message=message) if label else message

    def kept(self) -> list[tuple[str, str]]:
        """All that was typed, as hidden fields of a page that offers to send it again."""
        return [(name, value) for name, values in self.typed.items() for value in values]


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


async def read_body(request: Request, limit: int = MAX_BODY) -> bytes:
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit() or int(declared) > limit:
        raise TooLarge(f"more than {limit // 1024} kB")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise TooLarge(f"more than {limit // 1024} kB")
    return bytes(body)


async def read_fields(request: Request) -> dict[str, list[str]]:
    """urlencoded, bounded, strict UTF-8. Whatever is odd is refused as a whole, before anything looks at it."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise Unreadable("a form is sent as application/x-www-form-urlencoded")
    body = await read_body(request)
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError:
        raise Unreadable("not UTF-8, or too many fields") from None
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        if "\0" in name or "\0" in value:
            raise Unreadable("a NUL")
        fields.setdefault(name, []).append(value)
    return fields
