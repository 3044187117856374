"""Findings about names, ports, certificates and mail (C4xx, C5xx)."""

from __future__ import annotations

from collections.abc import Iterator

from cli.care.history import lasting
from cli.doctor.facts import Facts
from cli.doctor.finding import Say, check

CERTIFICATE_DAYS = 14
HOUR = 3600
WEB_SERVER = "caddy"


@check("C401", grave=True)
def the_name_has_no_address(facts: Facts) -> Iterator[Say]:
    """Nobody finds the site."""
    if facts.name_addresses == frozenset():
        name = facts.settings.get("CIVIC_HOSTNAME", "")
        yield Say(
            f"{name} has no address", "the DNS entry is missing", f"Add an A or AAAA record for {name}."
        )


@check("C402")
def the_name_leads_elsewhere(facts: Facts) -> Iterator[Say]:
    """Not a fault behind a reverse proxy."""
    if not facts.name_addresses or facts.own_addresses is None or facts.settings.get("CIVIC_TLS") == "proxy":
        return
    if not facts.name_addresses & facts.own_addresses:
        found = ", ".join(sorted(facts.name_addresses))
        yield Say(f"the name leads to {found}", "the DNS entry is another machine's, or this host is behind NAT",
                  "Correct the DNS record, or set CIVIC_TLS=proxy if the town's proxy is there.")  # fmt: skip


@check("C403", grave=True)
def the_certificate_ends_soon(facts: Facts) -> Iterator[Say]:
    """Browsers refuse the site after that day. The proxy's own authority gives certificates for hours: not meant here."""
    shown = facts.certificate
    is_lasting = shown is not None and (shown.is_trusted or facts.settings.get("CIVIC_TLS") == "files")
    if shown is not None and is_lasting and shown.days_left < CERTIFICATE_DAYS:
        yield Say(f"the certificate ends in {shown.days_left:.0f} days", "it was not renewed",
                  "journalctl -u caddy --grep certificate")  # fmt: skip


@check("C404", grave=True)
def the_certificate_is_for_another_name(facts: Facts) -> Iterator[Say]:
    """Browsers refuse it at once."""
    if facts.certificate is not None and not facts.certificate.is_for_name:
        yield Say("the certificate is for another name", f"issued by {facts.certificate.issuer}",
                  "Set CIVIC_HOSTNAME to the name on it, or get one for this name.")  # fmt: skip


@check("C405")
def the_certificate_is_not_trusted(facts: Facts) -> Iterator[Say]:
    """Residents see a warning unless their machines know the authority."""
    if (
        facts.certificate is not None
        and not facts.certificate.is_trusted
        and facts.settings.get("CIVIC_TLS") == "acme"
    ):
        yield Say("the certificate is not trusted", f"issued by {facts.certificate.issuer}; the public one did not come",
                  "journalctl -u caddy --grep acme")  # fmt: skip


@check("C406", grave=True)
def a_port_is_held_by_another_program(facts: Facts) -> Iterator[Say]:
    """The proxy cannot start."""
    for port, holder in facts.port_holders.items():
        if holder != WEB_SERVER:
            yield Say(
                f"port {port} is held by {holder}",
                "another web server runs here",
                f"systemctl disable --now {holder}",
            )


@check("C407", grave=True)
def renewing_the_certificate_fails(facts: Facts) -> Iterator[Say]:
    """There is time still, and it passes."""
    faults = facts.care.renewal_faults if facts.care else 0
    if faults and facts.settings.get("CIVIC_TLS", "acme") == "acme":
        left = f", which ends in {facts.certificate.days_left:.0f} days" if facts.certificate else ""
        yield Say(f"renewing the certificate{left} failed {faults} times since yesterday",
                  "the authority does not reach this host, or the host not the authority",
                  "journalctl -u caddy --grep 'tls.(obtain|renew)'")  # fmt: skip


@check("C501", grave=True)
def the_mail_server_does_not_answer(facts: Facts) -> Iterator[Say]:
    """Nobody can sign in without mail."""
    if facts.mail_server is not None and not facts.mail_server[0]:
        server = facts.settings.get("CIVIC_SMTP_HOST", "")
        yield Say(
            f"the mail server {server} does not answer",
            facts.mail_server[1],
            "civic config set smtp-host NAME",
        )


@check("C502", grave=True)
def letters_wait(facts: Facts) -> Iterator[Say]:
    """They should leave within seconds; a mailing, at the pace that the council has set."""
    outbox = (facts.app or {}).get("outbox") or {}
    if outbox.get("overdue_seconds", 0) > HOUR:
        away = outbox.get("server_away_seconds")
        cause = (
            f"the mail server has taken no letter for {lasting(away)}"
            if away
            else "the worker or the mail server"
        )
        words = f"{outbox.get('waiting', 'some')} letters wait, one for over an hour"
        yield Say(words, cause, "civic logs worker")


@check("C503")
def letters_failed_for_good(facts: Facts) -> Iterator[Say]:
    """People did not get what they wait for."""
    failed = ((facts.app or {}).get("outbox") or {}).get("failed", 0)
    if failed:
        yield Say(
            f"{failed} letters failed for good",
            "wrong addresses, or the mail server refused them",
            "civic logs worker",
        )


@check("C504")
def letters_are_held(facts: Facts) -> Iterator[Say]:
    """A restored site sends nothing that waited in its set until somebody says so; a clone never does."""
    held = ((facts.app or {}).get("outbox") or {}).get("held", 0)
    if held and facts.settings.get("CIVIC_MAIL_HELD") != "yes":
        yield Say(
            f"{held} letters are held since a restore",
            "they waited when the set was made; some may have left since",
            "civic mail resume, or: civic mail drop",
        )
