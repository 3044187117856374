"""The way of one letter to the mail server, one step after the other, so that what fails has a name, a cause and a remedy."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from cli.doctor.finding import Finding

SECONDS = 15.0


class Blocked(Exception):
    """The road ends here."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.what)
        self.finding = finding


@dataclass
class Walk:
    """How far a letter would get. `known` are the settings by name with their defaults; `steps` what went well, in words."""

    known: Mapping[str, str]
    seconds: float = SECONDS
    steps: list[tuple[str, str]] = field(default_factory=list)

    @property
    def place(self) -> str:
        """The mail server as it is addressed."""
        return f"{self.known['CIVIC_SMTP_HOST']}:{self.known['CIVIC_SMTP_PORT']}"

    @property
    def sender(self) -> str:
        """Whom the site's letters are from."""
        return self.known["CIVIC_MAIL_FROM"] or f"civic@{self.known['CIVIC_HOSTNAME']}"

    def go(self, recipient: str, letter: bytes | None = None) -> None:
        """Walk up to the recipient; with a letter, hand it over. Raises: Blocked."""
        self._reach()
        with self._connected() as server:
            self._sign_in(server)
            self._offer(server, recipient)
            if letter is None:
                server.rset()
                return
            code, said = server.data(letter)
            if code != 250:
                raise self._refused(
                    "M112",
                    "the letter itself",
                    code,
                    said,
                    "Its words or its sender displease: ask who runs it.",
                )
            self._note("Letter", said)

    def _reach(self) -> None:
        host, port = self.known["CIVIC_SMTP_HOST"], int(self.known["CIVIC_SMTP_PORT"])
        try:
            found = {str(one[4][0]) for one in socket.getaddrinfo(host, port, proto=socket.IPPROTO_TCP)}
        except OSError as fault:
            raise _blocked(
                "M101", f"no machine has the name {host}", str(fault), "civic config set smtp-host NAME"
            ) from None
        self.steps.append(("Name", ", ".join(sorted(found))))
        try:
            with socket.create_connection((host, port), self.seconds):
                self.steps.append(("Connection", self.place))
        except TimeoutError:
            raise _blocked(
                "M102",
                f"{self.place} does not answer",
                "a firewall swallows what goes there, or the machine is off",
                "Ask who runs the network to let this host reach that port.",
            ) from None
        except OSError as fault:
            raise _blocked(
                "M102", f"{self.place} takes no connection", str(fault), "civic config set smtp-port PORT"
            ) from None

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        secure, how = ssl.create_default_context(), self.known["CIVIC_SMTP_SECURITY"]
        host, port, own = (
            self.known["CIVIC_SMTP_HOST"],
            int(self.known["CIVIC_SMTP_PORT"]),
            self.known["CIVIC_HOSTNAME"],
        )
        try:
            if how == "tls":
                server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, own, timeout=self.seconds, context=secure)
            else:
                server = smtplib.SMTP(host, port, own, timeout=self.seconds)
            with closing(server):
                self._protect(server, how, secure)
                yield server
        except ssl.SSLCertVerificationError as fault:
            raise _blocked(
                "M105",
                f"the certificate of {host} is not good",
                fault.verify_message,
                "Set CIVIC_SMTP_HOST to a name on it, or let this host trust who issued it.",
            ) from None
        except ssl.SSLError as fault:
            other = "starttls" if how == "tls" else "tls"
            raise _blocked(
                "M106",
                f"{self.place} does not speak TLS this way",
                str(fault),
                f"civic config set smtp-security {other}",
            ) from None
        except TimeoutError:
            raise self._silent() from None
        except (smtplib.SMTPException, ConnectionError) as fault:
            if isinstance(fault.__context__, TimeoutError):  # smtplib makes one of the other
                raise self._silent() from None
            raise _blocked(
                "M107",
                f"{self.place} ends the conversation",
                str(fault),
                "Ask who runs it whether this host may send there.",
            ) from None

    def _silent(self) -> Blocked:
        return _blocked(
            "M103",
            f"{self.place} falls silent after this step: {self.steps[-1][0].lower()}",
            f"nothing came for {self.seconds:.0f} seconds",
            "Where the port is 465: civic config set smtp-security tls; else ask who runs it.",
        )

    def _protect(self, server: smtplib.SMTP, how: str, secure: ssl.SSLContext) -> None:
        server.ehlo()
        if how == "starttls":
            try:
                server.starttls(context=secure)
            except smtplib.SMTPNotSupportedError:
                raise _blocked(
                    "M104",
                    f"{self.place} offers no protection",
                    "STARTTLS is not among what it can do",
                    "Take the port that offers it (587). Passwords and codes must not travel open.",
                ) from None
            server.ehlo()
        shown = server.sock.version() if isinstance(server.sock, ssl.SSLSocket) else "none"
        self.steps.append(("Protection", str(shown)))

    def _sign_in(self, server: smtplib.SMTP) -> None:
        user = self.known["CIVIC_SMTP_USER"]
        if not user:
            return
        try:
            server.login(user, self.known["CIVIC_SMTP_PASSWORD"])
        except smtplib.SMTPNotSupportedError:
            raise _blocked(
                "M109",
                f"{self.place} knows no user names",
                "it offers no AUTH on this port",
                "civic config set smtp-user '' and the password too, or take port 587",
            ) from None
        except smtplib.SMTPAuthenticationError as no:
            raise self._refused(
                "M108",
                "user name and password",
                no.smtp_code,
                no.smtp_error,
                "civic config set smtp-password",
            ) from None
        self.steps.append(("Signed in", user))

    def _offer(self, server: smtplib.SMTP, recipient: str) -> None:
        code, said = server.mail(self.sender)
        if code != 250:
            raise self._refused(
                "M110",
                f"the sender {self.sender}",
                code,
                said,
                "civic config set mail-from ADDRESS, one that this server may send for",
            )
        code, said = server.rcpt(recipient)
        if code not in (250, 251):
            raise self._refused(
                "M111",
                f"the recipient {recipient}",
                code,
                said,
                "Try another address; if it takes none outside the town: ask for leave to relay, with a user name.",
            )
        self._note("Recipient", said)

    def _note(self, step: str, said: bytes) -> None:
        self.steps.append((step, said.decode("utf-8", "replace")))

    def _refused(self, code: str, what: str, number: int, said: object, remedy: str) -> Blocked:
        words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        return _blocked(code, f"{self.place} refuses {what}", f"{number} {words}", remedy)


def _blocked(code: str, what: str, cause: str, remedy: str) -> Blocked:
    return Blocked(Finding(code, True, what, cause, remedy))
