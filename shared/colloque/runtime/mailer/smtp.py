"""SMTP through aiosmtplib, with connections kept open."""

from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
from dataclasses import dataclass

from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPNotSupported,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from colloque.runtime.mailer.port import Deferred, Failed, Outcome, Sent, Unreachable

CLOSING, TOO_LARGE = 421, 552


@dataclass(frozen=True)
class SmtpSettings:
    """`security`: `none`, `starttls` (asked for, never fallen back from) or `tls` (from the first byte)."""

    host: str = "127.0.0.1"
    port: int = 25
    security: str = "none"
    username: str | None = None
    password: str | None = None
    hello: str | None = None
    """The name we greet with; the machine's own if none is given."""
    limit: float = 10.0
    """Seconds for one message, a new connection included."""
    tls: ssl.SSLContext | None = None


class SmtpMailer:
    def __init__(self, settings: SmtpSettings) -> None:
        self.limit = settings.limit
        self._settings = settings
        self._idle: list[SMTP] = []

    async def send(self, sender: str, recipient: str, message: bytes) -> Outcome:
        begun = _Begun()
        smtp: SMTP | None = None
        try:
            async with asyncio.timeout(self.limit):
                smtp = await self._connection()
                try:
                    outcome = await _transfer(smtp, sender, recipient, message, begun)
                except (SMTPServerDisconnected, _Closing):
                    if begun.body:
                        raise
                    smtp.close()  # a kept connection that the server has given up meanwhile: once more, on a new one
                    begun = _Begun()
                    smtp = await self._connect()
                    outcome = await _transfer(smtp, sender, recipient, message, begun)
                if smtp.is_connected:
                    self._idle.append(smtp)
                    smtp = None
                return outcome
        except _Closing as closing:
            return Unreachable(closing.words)
        except (SMTPTimeoutError, TimeoutError):
            return Deferred(0, "no answer in time") if begun.envelope else Unreachable("no answer in time")
        except (SMTPException, OSError) as trouble:
            words = str(trouble) or type(trouble).__name__
            return Deferred(0, words) if begun.envelope else Unreachable(words)
        finally:
            if smtp is not None:
                smtp.close()

    async def close(self) -> None:
        idle, self._idle = self._idle, []
        for smtp in idle:
            try:
                async with asyncio.timeout(1):
                    await smtp.quit()
            except (SMTPException, OSError, TimeoutError):
                smtp.close()

    async def _connection(self) -> SMTP:
        while self._idle:
            smtp = self._idle.pop()
            if smtp.is_connected:
                return smtp
        return await self._connect()

    async def _connect(self) -> SMTP:
        s = self._settings
        smtp = SMTP(
            hostname=s.host,
            port=s.port,
            username=s.username,
            password=s.password,
            local_hostname=s.hello,
            timeout=s.limit,
            use_tls=s.security == "tls",
            start_tls=s.security == "starttls",
            tls_context=s.tls,
        )
        try:
            await smtp.connect()
            if smtp.is_ehlo_or_helo_needed:
                await smtp.ehlo()
        except BaseException:
            smtp.close()
            raise
        return smtp


class _Begun:
    """How far one message has come: whose fault is what goes wrong now, and may it have been taken?"""

    envelope = False
    body = False


class _Closing(Exception):
    """421 before the message began: the server is going away, or has enough of us."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


async def _transfer(smtp: SMTP, sender: str, recipient: str, message: bytes, begun: _Begun) -> Outcome:
    options, encoding = [], "ascii"
    if not message.isascii():
        if smtp.supports_extension("8bitmime"):
            options.append("BODY=8BITMIME")
        else:
            message = in_seven_bits(message)
    if not (sender + recipient).isascii():
        if not smtp.supports_extension("smtputf8"):
            return Failed(553, "the mail server does not take addresses beyond ASCII")
        options.append("SMTPUTF8")
        encoding = "utf-8"
    if smtp.supports_extension("size"):
        options.append(f"SIZE={len(message)}")
    try:
        await smtp.mail(sender, options=options, encoding=encoding)
        begun.envelope = True
        await smtp.rcpt(recipient, encoding=encoding)
        begun.body = True
        await smtp.data(message)
    except SMTPNotSupported as lacking:
        return Failed(553, str(lacking))
    except SMTPResponseException as said:
        if said.code == CLOSING and not begun.envelope:
            raise _Closing(f"{said.code} {said.message}") from said
        await _forget(smtp)
        if isinstance(said, SMTPSenderRefused) and 500 <= said.code != TOO_LARGE:
            return Unreachable(f"we may not send here: {said.code} {said.message}")
        refusal = Failed if 500 <= said.code < 600 else Deferred
        return refusal(said.code, said.message)
    return Sent()


async def _forget(smtp: SMTP) -> None:
    """The next message begins afresh; a connection that cannot is not kept."""
    try:
        if smtp.is_connected:
            await smtp.rset()
    except SMTPException:
        smtp.close()


def in_seven_bits(message: bytes) -> bytes:
    """For a server without 8BITMIME (none has been met for years): the same parts, as quoted-printable or base64."""
    policy = email.policy.SMTP.clone(cte_type="7bit")
    parsed = email.message_from_bytes(message, policy=policy)
    for part in parsed.walk():
        if part.get_content_maintype() == "text" and not part.is_attachment():
            part.set_content(part.get_content(), subtype=part.get_content_subtype(), cte="quoted-printable")
    return parsed.as_bytes()
