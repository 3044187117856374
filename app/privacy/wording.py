"""Channels of consent and places of personal data in words, in the language of the page."""

from __future__ import annotations

from flask_babel import gettext

from app.privacy.holdings import AtErasure, Holding


def channel_name(channel: str) -> str:
    """How somebody said what they said."""
    return {
        "page": gettext("on their page of this site"),
        "desk": gettext("at the desk"),
        "letter": gettext("in a letter on paper"),
        "one-click": gettext("by the link in a letter"),
    }[channel]


def describe(holding: Holding) -> dict[str, str]:
    """What a holding is, and what becomes of it when the account is deleted, for the file of a person's data."""
    return {"what": holding_name(holding), "when_deleted": fate(holding)}


def holding_name(holding: Holding) -> str:
    """What a holding is, as the person would say it."""
    names = {
        "persons": gettext("Your account: name, language, role"),
        "contact_points": gettext("Your addresses"),
        "census_matches": gettext("That you were found on a census list"),
        "ballot_roll": gettext("In which votes you took part, and on which day; never what you chose"),
        "ballot_drafts": gettext("That you have begun a ballot; only your browser can read it"),
        "activities": gettext("What kind of thing you did here on which day"),
        "person_tags": gettext("Words that officers put on your account"),
        "person_words": gettext("Words of your name and address, by which officers find you"),
        "failed_checks": gettext("When you were looked for on a list and not found"),
        "paper_codes": gettext("That you typed in a code from a letter on paper"),
        "association_members": gettext("Associations that you are a member or delegate of"),
        "sessions": gettext("The browsers in which you are signed in"),
        "second_factors": gettext("That your second step is set up"),
        "recovery_codes": gettext("Which of your recovery codes are used"),
        "one_time_links": gettext("One-time links that were sent to you"),
        "sign_in_codes": gettext("Codes that were sent to you lately"),
        "outbox_messages": gettext("Letters to you of the last weeks"),
        "suppressions": gettext("That no mailing is to go to your address, and why"),
        "audit_entries": gettext("What staff did, to your account or under your number"),
        "census_imports": gettext("Census files that you handled as an officer"),
        "segment_versions": gettext("Segments that you wrote as an officer"),
        "segment_exports": gettext("Files that you took of segments as an officer"),
        "mailing_recipients": gettext("Which mailings were meant for you, and what became of each"),
        "sms_messages": gettext("Which SMS were meant for you, and what became of each"),
        "watches": gettext(
            "When you switched on or off, as an officer, that the site notes who opens mailings"
        ),
        "sms": gettext("SMS that you sent as an officer"),
        "mailings": gettext("Mailings that you wrote or confirmed as an officer"),
        "mailing_switches": gettext("Which letters of the site itself you switched on or off as an officer"),
    }
    by_column = {
        ("consents", "person_id"): gettext("What you said about letters"),
        ("consents", "recorded_by"): gettext("What others said about letters and you noted as an officer"),
        ("other_contact_points", "person_id"): gettext("Your telephone number and postal address"),
        ("other_contact_points", "noted_by"): gettext(
            "Telephone numbers and addresses that you noted as an officer"
        ),
        ("waiting_checks", "person_id"): gettext("A check of the list that waits for the register"),
        ("person_notes", "person_id"): gettext("Notes that officers wrote about you"),
        ("person_notes", "made_by"): gettext("Notes that you wrote as an officer"),
        ("correction_requests", "person_id"): gettext("Your questions about the list, with the answers"),
        ("correction_requests", "answered_by"): gettext("Questions that you answered as an officer"),
    }
    return by_column.get((holding.table, holding.column)) or names[holding.table]


def fate(holding: Holding) -> str:
    """What becomes of a holding when the account is deleted."""
    if holding.table == "persons":
        return gettext("emptied: a number is left, which says nothing of you")
    if holding.table == "ballot_roll":
        return gettext("stays counted, under a number that says nothing of you")
    if holding.table == "suppressions":
        return gettext("stays, under a mark from which nobody can read your address")
    return {
        AtErasure.DELETE: gettext("deleted"),
        AtErasure.DELETE_LAST: gettext("deleted, once no vote is open in which you voted"),
        AtErasure.KEEP: gettext("stays, under a number that says nothing of you"),
    }[holding.at_erasure]
