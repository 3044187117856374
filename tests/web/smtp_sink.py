"""A real SMTP server in a thread, which reads what it gets with Python's own mail parser and can be told to misbehave."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections import Counter, defaultdict
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Sink:
    """Letters received, by recipient. `answers` holds what to say instead of 250, by recipient, or `*` for all.

    `senders` are the return paths, a letter each.
    While `closes` is "half-way" it cuts the connection in the middle of a letter, "unanswered" after its last line, "at the end"
    instead of saying good-bye.
    """

    def __init__(self) -> None:
        self.received: list[tuple[str, EmailMessage]] = []
        self.senders: list[str] = []
        self.tried: Counter[str] = Counter()
        self.answers: dict[str, str] = {}
        self.closes = ""
        self.hang_seconds = 0.0
        self.pause_seconds = 0.0
        self.pipelining = False

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's names
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]] if self.pipelining else responses

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.tried[address] += 1
        said = self.answers.get(address) or self.answers.get("*")
        if said:
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content: Any = envelope.content
        mail = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.senders.append(str(envelope.mail_from))
        self.received += [(address, mail) for address in envelope.rcpt_tos]
        if self.closes == "unanswered":
            server.transport.abort()
        await asyncio.sleep(self.pause_seconds)
        if self.hang_seconds:
            await asyncio.sleep(self.hang_seconds)
        return "250 OK"

    def texts_to(self, address: str) -> list[str]:
        """The texts of the letters to this address, oldest first."""
        return [str(mail.get_content()) for to, mail in self.received if to == address]


class CountingSink(Sink):
    """A sink for letters by the ten thousand: of each it reads the header and keeps to whom it went and its Message-ID.

    `cut` counts letters that were not whole: a body must end with `ending`.
    """

    def __init__(self, ending: bytes) -> None:
        super().__init__()
        self.ids: defaultdict[str, list[str]] = defaultdict(list)
        self.letters = 0
        self.cut = 0
        self._ending = ending

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content: Any = envelope.content
        self.cut += not content.rstrip().endswith(self._ending)
        number = BytesHeaderParser().parsebytes(content)["Message-ID"]
        for address in envelope.rcpt_tos:
            self.ids[address].append(number)
            self.letters += 1
        await asyncio.sleep(self.pause_seconds)
        return "250 OK"


def start_sink(
    port: int = 0, hostname: str = "127.0.0.1", sink: Sink | None = None
) -> tuple[Sink, Controller]:
    """A sink, on the loopback and on a free port (`controller.port`) unless told; stop it with `controller.stop()`."""
    sink = sink or Sink()
    controller = FreePort(sink, hostname=hostname, port=port)
    controller.start()
    return sink, controller


class Cutting(SMTP):
    """A server that can cut the connection in the middle of a letter."""

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """Take a letter, or the beginning of one."""
        if self.event_handler.closes != "half-way":
            await super().smtp_DATA(arg)
            return
        await self.push("354 Go on")
        await self._reader.read(100)
        self.transport.abort()

    async def smtp_QUIT(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """Say good-bye, or nothing."""
        if self.event_handler.closes == "at the end":
            self.transport.abort()
        else:
            await super().smtp_QUIT(arg)


class FreePort(Controller):
    """A controller that finds out which port the system gave it."""

    def factory(self) -> SMTP:
        """A server for one connection."""
        return Cutting(self.handler, **self.SMTP_kwargs)

    def _trigger_server(self) -> None:  # the port is known only now that the socket is bound
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
