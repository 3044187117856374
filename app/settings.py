"""Every setting of a site, declared once.

Prompts of the installer, `config.example.env`, Ansible's variables, docs/settings.md and the start of the app all come from here.
Standard library only: the CLI imports this file without pulling in Flask.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from app import backup_stores
from app import setting_checks as check
from app.backup_stores import StoreWords
from app.theme import Theme, find_faults

PREFIX = "CIVIC_"


class SettingsFault(Exception):
    """The settings cannot be used. `faults` holds one sentence a fault, all of them at once."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def setting(
    help: str,
    parse: Callable[[str], Any],
    default: str | None = None,
    *,
    section: str,
    **marks: Any,
) -> Any:
    """Declare a setting: its help, the check that parses it, its default as text (None: it must be given) and its section.

    Marks: `asks` (the installer asks for it), `secret` (kept in its own file, never shown), `made` (the installer draws it),
    `root_only` (a secret that the site itself never gets), `outside_sets` (a secret that no backup set holds).
    """
    return field(metadata={"help": help, "parse": parse, "default": default, "section": section, **marks})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The checked settings of one site; made by `load` only."""

    # fmt: off
    site_name: str = setting("Name of the council or site, as residents read it.", check.text(80), section="The council", asks=True)
    hostname: str = setting("Name under which residents reach the site, without https://.", check.hostname, section="The council", asks=True)
    contact_email: str = setting("Address that residents can write to; shown on every page.", check.email, section="The council", asks=True)
    admin_email: str = setting("First administrator; receives a one-time link at install, and alerts.", check.email, section="The council", asks=True)
    country: str = setting("Country, for legal texts and census presets: fr, es or other.", check.one_of("fr", "es", "other"), "other", section="The council")
    languages: tuple[str, ...] = setting("Languages of the pages, the first is the default: fr, es, en.", check.languages, "fr,es,en", section="The council", asks=True)
    time_zone: str = setting("Time zone of opening and closing hours.", check.time_zone, "Europe/Paris", section="The council", asks=True)
    currency: str = setting("Currency of budgets, as its ISO 4217 code.", check.currency, "EUR", section="The council")
    people_kept_months: int = setting("Months after which an account that nobody uses is erased, with two letters before.", check.whole(6, 240), "36", section="The council")

    tls: str = setting("Certificate: acme (public), files (your own), internal (own authority), proxy (the town's reverse proxy ends TLS).", check.one_of("acme", "files", "internal", "proxy"), "acme", section="Web", asks=True)
    tls_certificate: str = setting("With tls=files: certificate chain (PEM) on the host.", check.optional(check.absolute_path), "", section="Web")
    tls_key: str = setting("With tls=files: its private key (PEM) on the host.", check.optional(check.absolute_path), "", section="Web")
    acme_ca: str = setting("With tls=acme: directory URL of another authority; empty for the public one.", check.optional(check.url), "", section="Web")
    acme_ca_root: str = setting("With tls=acme: root certificate (PEM) on the host of that other authority.", check.optional(check.absolute_path), "", section="Web")
    trusted_proxies: tuple[str, ...] = setting("With tls=proxy: addresses or networks of the town's reverse proxy, comma-separated.", check.networks, "", section="Web")
    public_url: str = setting("Address in links, if it is not https://HOSTNAME.", check.optional(check.url), "", section="Web")
    web_workers: int = setting("Processes that answer pages.", check.whole(1, 64), "2", section="Web")
    web_threads: int = setting("Threads in each of them.", check.whole(1, 64), "4", section="Web")

    remote_census_url: str = setting("Register elsewhere that is asked about whom no census list knows, https; empty for none.", check.optional(check.register_url), "", section="Census")
    remote_census_token: str = setting("What opens it: sent as Authorization: Bearer.", check.optional(check.secret(1)), "", section="Census", secret=True)
    remote_census_list: str = setting("Census list on which whom it knows gets an entry.", check.optional(check.text(80)), "", section="Census")
    remote_census_seconds: int = setting("Seconds that it may take to answer.", check.whole(1, 15), "4", section="Census")
    remote_census_fields: tuple[str, ...] = setting("What it calls things, where otherwise than we: OURS=THEIRS, comma-separated; ours are number, family, given, born, people, reference, district, sex.", check.register_fields, "", section="Census")
    remote_census_ca: str = setting("Authority (PEM) on the host that vouches for it; empty for the public ones.", check.optional(check.absolute_path), "", section="Census")

    smtp_host: str = setting("Mail server that takes the site's mail.", check.hostname, section="Mail", asks=True)
    smtp_port: int = setting("Its port.", check.whole(1, 65535), "587", section="Mail")
    smtp_security: str = setting("How the connection is protected: starttls, tls or none.", check.one_of("starttls", "tls", "none"), "starttls", section="Mail")
    smtp_user: str = setting("User name at the mail server; empty for none.", check.optional(check.text(200)), "", section="Mail", asks=True)
    smtp_password: str = setting("Its password.", check.optional(check.secret(1)), "", section="Mail", secret=True, asks=True)
    mail_from: str = setting("Sender address; empty for civic@HOSTNAME.", check.optional(check.email), "", section="Mail")
    mail_connections: int = setting("Connections to the mail server at a time for mailings.", check.whole(1, 8), "1", section="Mail")
    mail_per_minute: int = setting("Copies of mailings that leave a minute at most; 0: as many as the mail server takes.", check.whole(0, 100_000), "0", section="Mail")
    mail_per_domain_per_minute: int = setting("The same for the readers of one mail domain.", check.whole(0, 100_000), "0", section="Mail")
    mail_quiet_hours: str = setting("Hours in which no mailing leaves, such as 21:00-07:00; empty: none.", check.optional(check.hours), "21:00-07:00", section="Mail")
    mail_bounces: str = setting("Address that letters come back to when they cannot be delivered, such as bounces@mail.HOSTNAME; each letter gets its own after a plus sign. Empty: they come back to the sender address.", check.optional(check.return_address), "", section="Mail")
    bounces_imap_host: str = setting("IMAP server (TLS) from whose mailbox they are fetched; empty where they are put into a folder of the host.", check.optional(check.hostname), "", section="Mail")
    bounces_imap_port: int = setting("Its port.", check.whole(1, 65535), "993", section="Mail")
    bounces_imap_user: str = setting("User name of that mailbox.", check.optional(check.text(200)), "", section="Mail")
    bounces_imap_password: str = setting("Its password.", check.optional(check.secret(1)), "", section="Mail", secret=True)
    mail_by_host: bool = setting("Let the host deliver the mail by itself, signed (postfix, opendkim), instead of through a mail server of the town: yes or no.", check.yes_no, "no", section="Mail")
    mail_warm_up: bool = setting("Let mailings to one mail domain grow slowly from day to day, as providers expect of a machine that is new to them: 50 copies, then at most twice the best day of the last month: yes or no.", check.yes_no, "no", section="Mail")
    mail_held: bool = setting("Hold every letter in the outbox, as a clone of a site must: yes or no.", check.yes_no, "no", section="Mail")

    sms_url: str = setting("Provider that takes SMS as JSON, https; file: write them to a file instead; empty: no SMS.", check.optional(check.sms_url), "", section="SMS")
    sms_token: str = setting("What opens it: sent as Authorization: Bearer.", check.optional(check.secret(1)), "", section="SMS", secret=True)
    sms_sender: str = setting("Sender that telephones show: a number, or at most 11 letters and digits; empty: the provider's.", check.optional(check.sms_sender), "", section="SMS")
    sms_fields: tuple[str, ...] = setting("What the provider calls things, where otherwise than we: OURS=THEIRS, comma-separated; ours are to, text, from, key.", check.sms_fields, "", section="SMS")
    sms_prefix: str = setting("Country of numbers that are written as at home, such as +33; empty: only international ones get SMS.", check.optional(check.calling_prefix), "", section="SMS")
    sms_seconds: int = setting("Seconds that the provider may take to answer.", check.whole(1, 60), "10", section="SMS")
    sms_per_minute: int = setting("SMS that leave a minute at most; 0: as many as the provider takes.", check.whole(0, 10_000), "60", section="SMS")
    sms_ca: str = setting("Authority (PEM) on the host that vouches for it; empty for the public ones.", check.optional(check.absolute_path), "", section="SMS")

    alert_webhook: str = setting("Address (https) that gets alerts as JSON beside the mail to the administrator; empty for none.", check.optional(check.webhook), "", section="Alerts", secret=True)

    theme_logo: str = setting("Logo (SVG, PNG or WebP) on the host; empty for the site's mark.", check.optional(check.absolute_path), "", section="Theme")
    theme_primary: str = setting("Colour of header, buttons and links.", check.colour, Theme.primary, section="Theme")
    theme_accent: str = setting("Light colour that marks where one is; dark text stands on it.", check.colour, Theme.accent, section="Theme")
    theme_ink: str = setting("Colour of text.", check.colour, Theme.ink, section="Theme")
    theme_paper: str = setting("Light colour of the page.", check.colour, Theme.paper, section="Theme")
    theme_success: str = setting("Colour of what is open, chosen or done.", check.colour, Theme.success, section="Theme")
    theme_danger: str = setting("Colour of errors and of what cannot be undone.", check.colour, Theme.danger, section="Theme")

    database_url: str = setting("Database; the default is the host's own PostgreSQL over its socket.", check.database_url, "postgresql+psycopg:///civic?host=/run/postgresql", section="Host", secret=True)
    uploads_dir: str = setting("Folder of uploaded files.", check.absolute_path, "/var/lib/civic/uploads", section="Host")
    secret_key: str = setting("Key that signs; drawn at install.", check.secret(32), section="Host", secret=True, made=True)
    census_pepper: tuple[str, ...] = setting("What census hashes are enciphered with, beside the key; civic census rotate-pepper draws it.", check.secret_and_before, "", section="Host", secret=True)
    ballot_key: tuple[str, ...] = setting("What ballots that wait are sealed with; a former one may stand after a comma. In no backup set: it stands on the recovery card.", check.secret_and_before, "", section="Host", secret=True, made=True, outside_sets=True)
    firewall: bool = setting("Let the installer manage the firewall (nftables), which also limits how many connections one address holds: yes or no.", check.yes_no, "no", section="Host")
    updates: str = setting("Where new releases are looked for: a folder on the host or an https address; empty for nowhere.", check.optional(check.source_of_updates), "", section="Host")
    security_hours: str = setting("Hours in which releases of the security channel are installed by themselves, such as 02:00-05:00; empty: never.", check.optional(check.hours), "", section="Host")
    update_channel: str = setting("Which of them: stable, candidate or security.", check.one_of("stable", "candidate", "security"), "stable", section="Host")
    trial: bool = setting("A trial site on this machine only: local mail box, sample town.", check.yes_no, "no", section="Host")

    backup_stores: str = setting("Where backup sets go, how often, and how many of each generation stay; more than one after a semicolon.", backup_stores.check, backup_stores.DEFAULT, section="Backups")
    backup_password: str = setting("Password of the restic repositories, and what each set is signed with; without it no set can be read. It stands on the recovery card.", check.optional(check.secret(20)), "", section="Backups", secret=True, made=True, root_only=True)
    backup_age_recipients: tuple[str, ...] = setting("With an age: store: public keys that its files are encrypted to, comma-separated.", check.age_recipients, "", section="Backups")
    backup_s3_key_id: str = setting("With an s3: store: id of the access key.", check.optional(check.text(200)), "", section="Backups")
    backup_s3_secret: str = setting("With an s3: store: its secret.", check.optional(check.secret(1)), "", section="Backups", secret=True, root_only=True)
    # fmt: on

    @property
    def base_url(self) -> str:
        """Address of the site without a trailing slash; every link in mails starts with it (never the request's Host)."""
        return (self.public_url or f"https://{self.hostname}").rstrip("/")

    @property
    def sender(self) -> str:
        """Sender address of the site's mail."""
        return self.mail_from or f"civic@{self.hostname}"

    @property
    def stores(self) -> tuple[StoreWords, ...]:
        """Where backup sets go."""
        return backup_stores.parse(self.backup_stores)

    @property
    def state_dir(self) -> Path:
        """Folder in which the host tells the site of maintenance and backups; a trial's lies around its uploads."""
        return Path(self.uploads_dir).parent if self.trial else Path("/var/lib/civic")

    @property
    def theme(self) -> Theme:
        """The council's six colours, known to be readable."""
        return Theme(**{name: getattr(self, f"theme_{name}") for name in Theme.names()})


def declared() -> tuple[Field[Any], ...]:
    """All settings in the order of their declaration; `.metadata` as in `setting`."""
    return fields(Settings)


def env_name(name: str) -> str:
    """`smtp_port` → `CIVIC_SMTP_PORT`."""
    return PREFIX + name.upper()


def root_only() -> list[str]:
    """Names of the secrets that the site itself never gets."""
    return [env_name(one.name) for one in declared() if one.metadata.get("root_only")]


def outside_sets() -> list[str]:
    """Names of the secrets that no backup set holds."""
    return [env_name(one.name) for one in declared() if one.metadata.get("outside_sets")]


def load(given: Mapping[str, str]) -> Settings:
    """Check `given` (names as in `env_name`; names without the prefix are ignored) and return the settings.

    Raises: SettingsFault with every fault: unknown, missing, malformed, contradictory.
    """
    faults = list(_unknown(given))
    values: dict[str, Any] = {}
    for declaration in declared():
        text = given.get(env_name(declaration.name), declaration.metadata["default"])
        if text is None:
            faults.append(f"{env_name(declaration.name)} is missing: {declaration.metadata['help']}")
            continue
        try:
            values[declaration.name] = declaration.metadata["parse"](text.strip())
        except ValueError as wrong:
            shown = "" if declaration.metadata.get("secret") else f" (it is {text.strip()[:60]!r})"
            faults.append(f"{env_name(declaration.name)} {wrong}{shown}")
    faults += _contradictions(values)
    if faults:
        raise SettingsFault(faults)
    return Settings(**values)


def from_environment() -> Settings:
    """Settings of this process: the environment, and secrets that systemd hands over as credential files."""
    given = {name: text for name, text in os.environ.items() if name.startswith(PREFIX)}
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    for declaration in declared():
        if folder and declaration.metadata.get("secret"):
            file = Path(folder) / env_name(declaration.name)
            if file.is_file():
                given[env_name(declaration.name)] = file.read_text(encoding="utf-8").strip()
    return load(given)


def notify_socket() -> str | None:
    """Where systemd wants to hear that this process is well (sd_notify(3)); None without systemd."""
    return os.environ.get("NOTIFY_SOCKET")


def example() -> str:
    """The text of config.example.env."""
    lines = ["# Settings of a civic site. Copy, fill in, then: civic install --config FILE"]
    lines += ["# A line without a value after = must be filled in; commented lines show the defaults."]
    section = ""
    for declaration in declared():
        facts = declaration.metadata
        if facts["section"] != section:
            section = facts["section"]
            lines += ["", f"# --- {section} ---"]
        lines.append(f"# {facts['help']}" + (" (drawn by the installer)" if facts.get("made") else ""))
        required = facts["default"] is None and not facts.get("made")
        lines.append(("" if required else "#") + f"{env_name(declaration.name)}={facts['default'] or ''}")
    return "\n".join(lines) + "\n"


def _unknown(given: Iterable[str]) -> Iterable[str]:
    known = [env_name(declaration.name) for declaration in declared()]
    for name in sorted(set(given) - set(known)):
        if name.startswith(PREFIX):
            near = difflib.get_close_matches(name, known, n=1)
            yield f"{name} is not a setting" + (f"; did you mean {near[0]}?" if near else "")


def _contradictions(values: Mapping[str, Any]) -> Iterable[str]:
    if values.get("tls") == "files":
        for name in ("tls_certificate", "tls_key"):
            if values.get(name) == "":
                yield f"{env_name(name)} is missing: CIVIC_TLS=files needs it"
    if values.get("tls") == "proxy" and values.get("trusted_proxies") == ():
        yield "CIVIC_TRUSTED_PROXIES is missing: CIVIC_TLS=proxy needs the address of the town's reverse proxy"
    if bool(values.get("smtp_user")) != bool(values.get("smtp_password")) and "smtp_password" in values:
        yield "CIVIC_SMTP_USER and CIVIC_SMTP_PASSWORD go together: one of them is empty"
    if values.get("remote_census_url") and values.get("remote_census_list") == "":
        yield "CIVIC_REMOTE_CENSUS_LIST is missing: CIVIC_REMOTE_CENSUS_URL needs a list for whom the register knows"
    yield from _keys_of_stores(values)
    yield from _mailbox_of_bounces(values)
    yield from _host_as_mail_server(values)
    colours = {name: values[f"theme_{name}"] for name in Theme.names() if f"theme_{name}" in values}
    if len(colours) == len(Theme.names()):
        yield from find_faults(Theme(**colours))


def _mailbox_of_bounces(values: Mapping[str, Any]) -> Iterable[str]:
    if values.get("bounces_imap_host"):
        for name in ("mail_bounces", "bounces_imap_user", "bounces_imap_password"):
            if values.get(name) == "":
                yield f"{env_name(name)} is missing: CIVIC_BOUNCES_IMAP_HOST needs it"


def _host_as_mail_server(values: Mapping[str, Any]) -> Iterable[str]:
    if values.get("mail_by_host"):
        wanted = {"smtp_host": "localhost", "smtp_port": 25, "smtp_security": "none"}
        for name, value in wanted.items():
            if values.get(name, value) != value:
                yield f"{env_name(name)} must be {value}: with CIVIC_MAIL_BY_HOST=yes the host is the mail server"
        if values.get("mail_bounces") == "":
            yield "CIVIC_MAIL_BOUNCES is missing: CIVIC_MAIL_BY_HOST=yes needs it"


def _keys_of_stores(values: Mapping[str, Any]) -> Iterable[str]:
    kinds = {store.where.partition(":")[0] for store in backup_stores.parse(values.get("backup_stores", ""))}
    for kind, name in (("age", "backup_age_recipients"), ("s3", "backup_s3_key_id")):
        if kind in kinds and not values.get(name, True):
            yield f"{env_name(name)} is missing: a store of CIVIC_BACKUP_STORES is {kind}:"
