"""What others look up before they take the site's letters: where its domain takes mail, SPF, DMARC, the host's own name."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from pathlib import Path

from cli import run
from cli.doctor.finding import Finding
from cli.mail.dns import Dns, Silent

KEY = Path("/etc/civic/dkim/civic.private")
_LONGEST_TEXT = 255


def public_key() -> str:
    """The public half of the key that signs letters, as its record has it. Raises: Failure."""
    done = run.require(
        ["openssl", "pkey", "-in", KEY, "-pubout"],
        failed="The key that signs letters cannot be read.",
        standing="Nothing was changed.",
        then="civic install",
    )
    return "".join(line for line in done.out.splitlines() if not line.startswith("-"))


def wanted(known: Mapping[str, str], key: str) -> list[str]:
    """The records of a site whose host delivers its mail, in the form of zone files.

    Of a sender's domain that is not the host's own only the key: it has an SPF and a DMARC record, and a second one voids both.
    """
    host, back = known["CIVIC_HOSTNAME"], known["CIVIC_MAIL_BOUNCES"].rpartition("@")[2]
    sender = (known["CIVIC_MAIL_FROM"] or f"civic@{host}").rpartition("@")[2]
    signed = f"v=DKIM1; k=rsa; p={key}"
    texts = " ".join(f'"{signed[at : at + _LONGEST_TEXT]}"' for at in range(0, len(signed), _LONGEST_TEXT))
    dmarc = f'_dmarc.{sender}. IN TXT "v=DMARC1; p=none; rua=mailto:{known["CIVIC_ADMIN_EMAIL"]}"'
    return [
        f"{back}. IN MX 10 {host}.",
        *(f'{one}. IN TXT "v=spf1 a:{host} -all"' for one in dict.fromkeys((back, host))),
        f"civic._domainkey.{sender}. IN TXT {texts}",
        *([dmarc] if sender == host else []),
    ]


def examine(
    known: Mapping[str, str], dns: Dns, own_addresses: frozenset[str], key: str = ""
) -> Iterator[Finding]:
    """Findings about the records of the sender's domain, of the domain that letters come back to, and of this host.

    `key` is the public half of the key that signs, where the host does that.
    The host's own name (PTR) is asked for only where it sends by itself: else others see the mail server's.
    """
    sender = (known["CIVIC_MAIL_FROM"] or f"civic@{known['CIVIC_HOSTNAME']}").rpartition("@")[2]
    back = known["CIVIC_MAIL_BOUNCES"].rpartition("@")[2]
    try:
        yield from _takes_mail(dns, sender, back)
        yield from _spf(dns, back or sender)
        yield from _dmarc(dns, sender)
        if key:
            yield from _signing_key(dns, f"civic._domainkey.{sender}", key)
        if known["CIVIC_SMTP_HOST"] in ("localhost", "127.0.0.1", "::1", known["CIVIC_HOSTNAME"]):
            yield from _own_name(dns, own_addresses)
    except Silent as silent:
        yield Finding(
            "M201", True, "the name servers do not answer", f"asked for {silent}", "Look at /etc/resolv.conf."
        )


def _takes_mail(dns: Dns, sender: str, back: str) -> Iterator[Finding]:
    for domain in dict.fromkeys((sender, back) if back else (sender,)):
        servers = dns.ask(domain, "MX")
        if servers == [""] or not (servers or dns.addresses(domain)):
            yield Finding(
                "M202",
                domain == back,
                f"{domain} takes no mail",
                "it has no MX record",
                f"Add one: {domain}. MX 10 NAME.; answers and what comes back are lost without.",
            )
        elif servers and not any(dns.addresses(one) for one in servers):
            yield Finding(
                "M202",
                True,
                f"{domain} takes no mail",
                f"its MX {servers[0]} has no address",
                f"Add an A record for {servers[0]}.",
            )


def _spf(dns: Dns, domain: str) -> Iterator[Finding]:
    """Asked of the domain in the return path."""
    found = [one for one in dns.ask(domain, "TXT") if one.lower().split(" ")[0] == "v=spf1"]
    if not found:
        yield Finding(
            "M203",
            False,
            f"{domain} does not say who may send for it (SPF)",
            "it has no TXT record that begins with v=spf1",
            f'Add one, such as: {domain}. TXT "v=spf1 include:NAME-OF-THE-MAIL-SERVERS ~all"',
        )
    elif len(found) > 1:
        yield Finding(
            "M204",
            False,
            f"{domain} says twice who may send for it",
            "with two SPF records neither counts",
            "Make one of them.",
        )
    elif "+all" in found[0].lower().split() or "all" in found[0].lower().split():
        yield Finding(
            "M205",
            False,
            f"{domain} lets everybody send for it",
            found[0],
            "End its SPF record with ~all or -all.",
        )


def _dmarc(dns: Dns, domain: str) -> Iterator[Finding]:
    """Of the domain itself, or of one above it (RFC 7489)."""
    parts = domain.split(".")
    for place in range(len(parts) - 1):
        if any(
            one.lower().startswith("v=dmarc1") for one in dns.ask("_dmarc." + ".".join(parts[place:]), "TXT")
        ):
            return
    yield Finding(
        "M206",
        False,
        f"{domain} has no DMARC record",
        "large providers take mailings only with one",
        f'Add: _dmarc.{domain}. TXT "v=DMARC1; p=none; rua=mailto:ADDRESS"',
    )


def _signing_key(dns: Dns, name: str, key: str) -> Iterator[Finding]:
    """What others read there must be the key that signs: else each letter counts as forged."""
    found = [one for text in dns.ask(name, "TXT") for one in text.split(";") if one.strip().startswith("p=")]
    keys = ["".join(one.split()).removeprefix("p=") for one in found]
    if keys != [key]:
        yield Finding(
            "M209",
            True,
            f"{name} does not have the key that signs the letters (DKIM)",
            "it has another one" if keys else "it has no TXT record with a key",
            "civic mail dns prints the record: put that one there, and no other.",
        )


def _own_name(dns: Dns, own_addresses: frozenset[str]) -> Iterator[Finding]:
    for address in sorted(one for one in own_addresses if ipaddress.ip_address(one).is_global):
        names = dns.names_of(address)
        if not names:
            yield Finding(
                "M207",
                True,
                f"{address} has no name",
                "it has no PTR record; large providers refuse such senders",
                "Ask who gave the host its address for a PTR record with the host's name.",
            )
        elif not any(address in dns.addresses(one) for one in names):
            yield Finding(
                "M208",
                True,
                f"{address} is called {names[0]}, which leads elsewhere",
                "PTR and A record do not agree",
                f"Let {names[0]} lead to {address}, or correct the PTR record.",
            )
