"""What people fill in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from colloque.contracts.fact import SessionId
from colloque.web.forms import Email, Form, Phone
from colloque.web.i18n import N_
from colloque_registration.commands import SubmitRegistration
from colloque_registration.domain.consents import Purpose
from colloque_registration.domain.names import Line, Name
from colloque_registration.domain.needs import Access, Meal, Needs
from colloque_registration.domain.states import Category, FirstTime

SLOT = "slot_"
"""The fields of the session question: one for each moment, `slot_1`, `slot_2` …; the value is a session's id."""


class SessionsForm(Form):
    """Sessions are chosen moment by moment; a program may also say them all at once, as `sessions`."""

    sessions: tuple[SessionId, ...] = Field(default=(), max_length=60)

    labels: ClassVar[Mapping[str, str]] = {"sessions": N_("Vos sessions")}

    @classmethod
    def gather(cls, fields: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        values = super().gather(fields)
        if "sessions" in cls.model_fields:
            slots = [fields[name][-1] for name in sorted(fields, key=_place) if name.startswith(SLOT) and fields[name]]
            chosen = [one.strip() for one in (*fields.get("sessions", ()), *slots) if one.strip()]
            values["sessions"] = list(dict.fromkeys(chosen))
        return values


def _place(name: str) -> tuple[int, str]:
    number = name.removeprefix(SLOT)
    return (int(number) if number.isdigit() and len(number) < 9 else 0, name)


class SettleForm(Form):
    """Of two sessions at the same time, the one that is kept; each button says which."""

    keep: SessionId = Field(max_length=60)
    drop: SessionId = Field(max_length=60)


class NeedsForm(Form):
    meal: Meal = "standard"
    access: tuple[Access, ...] = ()

    labels: ClassVar[Mapping[str, str]] = {"meal": N_("Déjeuner"), "access": N_("Que faut-il prévoir ?")}

    @property
    def needs(self) -> Needs:
        return Needs(meal=self.meal, access=tuple(dict.fromkeys(self.access)))


class RegistrationForm(SessionsForm, NeedsForm):
    who: Literal["self", "other"] = "self"
    proxy_name: Name | Literal[""] = Field(default="", validate_default=True)
    mailbox: Literal["mine", "theirs"] = "mine"
    """Of a person registered by somebody else: whose the address is."""
    given: Name
    family: Name
    email: Email
    phone: Phone | Literal[""] = ""
    category: Category | None = None
    first_time: FirstTime = "no_answer"
    consents: tuple[Purpose, ...] = ()

    labels: ClassVar[Mapping[str, str]] = {
        **SessionsForm.labels,
        **NeedsForm.labels,
        "who": N_("Qui inscrivez-vous ?"),
        "proxy_name": N_("Votre nom à vous"),
        "mailbox": N_("L'adresse de courriel donnée plus bas est"),
        "given": N_("Prénom"),
        "family": N_("Nom"),
        "email": N_("Adresse de courriel"),
        "phone": N_("Téléphone"),
        "category": N_("Vous êtes…"),
        "first_time": N_("Êtes-vous déjà venu ?"),
        "consents": N_("Je veux bien…"),
    }
    questions: ClassVar[Mapping[str, int]] = {
        "who": 1,
        "proxy_name": 1,
        "mailbox": 1,
        "given": 2,
        "family": 3,
        "email": 4,
        "phone": 5,
        "category": 6,
        "first_time": 7,
        "sessions": 8,
        "meal": 9,
        "access": 10,
        "consents": 11,
    }
    words: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "given": {"missing": N_("Écrivez le prénom.")},
        "family": {"missing": N_("Écrivez le nom.")},
        "email": {"missing": N_("Écrivez l'adresse où envoyer le billet.")},
        "proxy_name": {"missing": N_("Écrivez votre prénom et votre nom.")},
    }

    @field_validator("proxy_name")
    @classmethod
    def _who_fills_it_in(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("who") == "other" and not value:
            raise PydanticCustomError("missing", "who fills it in for somebody else says who they are")
        return value

    def command(self, edition: str, locale: Literal["fr", "en"], sealed: str) -> SubmitRegistration:
        other = self.who == "other"
        return SubmitRegistration(
            edition=edition,
            given=self.given,
            family=self.family,
            email=self.email,
            phone=self.phone,
            locale=locale,
            on_behalf=other,
            proxy=other and self.mailbox == "mine",
            entered_by=self.proxy_name if other else "",
            category=self.category,
            first_time=self.first_time,
            sessions=self.sessions,
            needs=sealed,
            consents=tuple(dict.fromkeys(self.consents)),
        )


class ConfirmForm(Form):
    """The button that takes the place."""


class OfferForm(Form):
    """A place that is offered is taken or left to the next; each button says which."""

    answer: Literal["accept", "later"]


class AheadForm(Form):
    reason: Line = Field(min_length=1, max_length=300)

    labels: ClassVar[Mapping[str, str]] = {"reason": N_("Raison")}
    words: ClassVar[Mapping[str, Mapping[str, str]]] = {"reason": {"missing": N_("Écrivez pourquoi.")}}


class CancelForm(Form):
    """The button that gives it up."""


class ConsentForm(Form):
    """One consent, given or taken back; it says which as its button does."""

    consent: Purpose
    given: Literal["yes", "no"]


class SignInForm(Form):
    email: Email

    labels: ClassVar[Mapping[str, str]] = {"email": N_("Votre adresse de courriel")}


class EnterForm(Form):
    """The button behind a link of sign-in: what only looks at links does not use them up."""


class SearchForm(Form):
    q: str = Field(default="", max_length=200)
    state: Literal["", "pending", "confirmed", "waitlisted", "offered", "cancelled", "expired"] = ""

    labels: ClassVar[Mapping[str, str]] = {"q": N_("Nom ou courriel"), "state": N_("État")}


class ExportForm(Form):
    columns: Literal["badges", "attendance", "catering"] = "badges"

    labels: ClassVar[Mapping[str, str]] = {"columns": N_("Ce que vous emportez")}
