"""A mailbox as a header writes it: encoded words for names beyond ASCII, and nothing that could begin another line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.header import Header

from colloque_notifications.writing.marks import clean

_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"\\\x00-\x20\x7f@]+@[^\s<>()\[\],;:\"\\\x00-\x20\x7f@]+")


@dataclass(frozen=True, slots=True)
class Mailbox:
    name: str
    email: str

    @staticmethod
    def of(name: str, email: str) -> Mailbox | None:
        """None: there is no writing to that."""
        if not _ADDRESS.fullmatch(email):
            return None
        local, _, domain = email.rpartition("@")
        if not domain.isascii():
            try:
                domain = domain.encode("idna").decode("ascii")
            except UnicodeError:
                return None
        return Mailbox(clean(name).strip(), f"{local}@{domain}")

    def __str__(self) -> str:
        if not self.name:
            return self.email
        if _ATOMS.fullmatch(self.name) and "=?" not in self.name:
            said = self.name
        elif self.name.isascii() and "=?" not in self.name:
            said = '"' + self.name.replace("\\", "\\\\").replace('"', '\\"') + '"'
        else:
            said = Header(self.name, "utf-8", header_name="To").encode(linesep="\r\n")
        return f"{said}\r\n <{self.email}>" if len(said) + len(self.email) > 70 else f"{said} <{self.email}>"
