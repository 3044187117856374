"""Questions to the DNS that the system's own resolver functions do not put: MX, TXT and PTR (RFC 1035)."""

from __future__ import annotations

import ipaddress
import secrets
import socket
import struct
from dataclasses import dataclass
from pathlib import Path

SECONDS = 4.0
KINDS = {"A": 1, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28}
_NO_ERROR, _NO_SUCH_NAME = 0, 3
_MOST_JUMPS = 64


class Silent(Exception):
    """No name server gives an answer: what a name has is not known."""


@dataclass(frozen=True)
class Dns:
    """The name servers of this machine, or those given: (address, port) each."""

    servers: tuple[tuple[str, int], ...]

    @classmethod
    def of_this_machine(cls, file: Path = Path("/etc/resolv.conf")) -> Dns:
        """Those of resolv.conf(5)."""
        lines = file.read_text(encoding="ascii", errors="replace").splitlines() if file.is_file() else []
        named = [line.split()[1] for line in lines if line.startswith("nameserver") and len(line.split()) > 1]
        return cls(tuple((one, 53) for one in named) or (("127.0.0.1", 53),))

    def ask(self, name: str, kind: str) -> list[str]:
        """What a name has of a kind: texts, names, addresses; MX as names, the preferred first. Raises: Silent."""
        for server in self.servers:
            for is_long in (False, True):
                try:
                    found = _exchange(server, name, KINDS[kind], is_long=is_long)
                except (OSError, ValueError, struct.error, IndexError):
                    break
                if found is not None:
                    return found
        raise Silent(name)

    def addresses(self, name: str) -> list[str]:
        """The addresses of a name, old and new. Raises: Silent."""
        return self.ask(name, "A") + self.ask(name, "AAAA")

    def names_of(self, address: str) -> list[str]:
        """The names that an address says it has (PTR). Raises: Silent."""
        return self.ask(ipaddress.ip_address(address).reverse_pointer, "PTR")


def _exchange(server: tuple[str, int], name: str, kind: int, *, is_long: bool) -> list[str] | None:
    """One question over UDP, or TCP for a long answer; None when the answer was cut off, or the server would not say."""
    number = secrets.randbits(16)
    labels = b"".join(bytes([len(part)]) + part for part in name.encode("idna").rstrip(b".").split(b"."))
    question = struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + labels + struct.pack(">BHH", 0, kind, 1)
    family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM if is_long else socket.SOCK_DGRAM) as line:
        line.settimeout(SECONDS)
        line.connect(server)
        line.sendall(struct.pack(">H", len(question)) + question if is_long else question)
        answer = _read_long(line) if is_long else line.recv(4096)
    own, flags, _, answers = struct.unpack(">HHHH", answer[:8])
    if own != number:
        raise ValueError("an answer to another question")
    if flags & 0x0200 and not is_long:
        return None
    if flags & 15 not in (_NO_ERROR, _NO_SUCH_NAME):
        raise ValueError("the server would not say")
    return _records(answer, 12 + len(labels) + 5, answers, kind)


def _read_long(line: socket.socket) -> bytes:
    with line.makefile("rb") as stream:
        return stream.read(struct.unpack(">H", stream.read(2))[0])


def _records(answer: bytes, place: int, count: int, kind: int) -> list[str]:
    found: list[tuple[int, str]] = []
    for _ in range(count):
        _, place = _name(answer, place)
        sort, _, _, length = struct.unpack(">HHIH", answer[place : place + 10])
        place += 10
        if sort == kind:
            found.append(_read(answer, place, length, kind))
        place += length
    return [words for _, words in sorted(found, key=lambda one: one[0])]


def _read(answer: bytes, place: int, length: int, kind: int) -> tuple[int, str]:
    """A record's rank and words."""
    data = answer[place : place + length]
    if kind == KINDS["MX"]:
        return struct.unpack(">H", data[:2])[0], _name(answer, place + 2)[0]
    if kind == KINDS["PTR"]:
        return 0, _name(answer, place)[0]
    if kind in (KINDS["A"], KINDS["AAAA"]):
        return 0, str(ipaddress.ip_address(data))
    texts, at = b"", 0
    while at < len(data):
        texts, at = texts + data[at + 1 : at + 1 + data[at]], at + 1 + data[at]
    return 0, texts.decode("utf-8", "replace")


def _name(answer: bytes, place: int) -> tuple[str, int]:
    """A name and the place after it; it may go on elsewhere in the answer, but not for ever."""
    labels: list[str] = []
    after = 0
    for _ in range(_MOST_JUMPS):
        length = answer[place]
        if length >= 0xC0:
            after = after or place + 2
            place = struct.unpack(">H", answer[place : place + 2])[0] & 0x3FFF
        elif length == 0:
            return ".".join(labels), after or place + 1
        else:
            labels.append(answer[place + 1 : place + 1 + length].decode("ascii", "replace").lower())
            place += 1 + length
    raise ValueError("a name without an end")
