"""What people type, one type a kind of answer, and what to do about it when it cannot be read."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from colloque.web.i18n import N_


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


Line = Annotated[str, Field(max_length=200), BeforeValidator(_line)]
Lines = Annotated[str, Field(max_length=4000), BeforeValidator(_paragraphs)]
"""Several lines."""
Email = Annotated[
    str, Field(max_length=254, json_schema_extra={"format": "email"}), BeforeValidator(_line), AfterValidator(_email)
]
Phone = Annotated[str, Field(max_length=40), BeforeValidator(_line), AfterValidator(_phone)]

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
