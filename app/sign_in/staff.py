"""Use cases about staff: make somebody an officer or administrator and give them the one-time link that they need."""

from __future__ import annotations

from datetime import datetime

from app.core import audit
from app.core.policy import Role
from app.people import service as people
from app.sign_in import factors, mails


def appoint(email: str, role: Role, language: str, actor: str) -> tuple[str, datetime]:
    """Give the role to the account of this address, opened if need be; returns the one-time link and when it ends.

    For somebody who has the role already this is a new link: their second factor stays in force until the link is used.
    Raises: AddressUnusable, LastAdministrator.
    """
    person = people.ensure_person(email, language)
    people.grant_role(person, role, actor)
    url, ends_at = factors.draw_link(person)
    audit.record(actor, "person.link", f"person:{person.id}", expires_at=ends_at)
    return url, ends_at


def invite(email: str, role: Role, language: str, actor: str) -> None:
    """Appoint, and mail the link. Raises: AddressUnusable, LastAdministrator."""
    url, ends_at = appoint(email, role, language, actor)
    mails.send_invitation(email.strip(), language, url, ends_at)
