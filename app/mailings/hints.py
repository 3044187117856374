"""What filters for unwanted mail, and mail programs, dislike in a letter: hints, none of which keeps it from being sent."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from flask_babel import gettext

from app.composing.letter import Composed

MOST_BYTES = 100_000
"""Gmail shows the first 102 KB of a letter and hides the rest, the link to stop with it."""
FEW_WORDS = 40
SHORTENERS = ("bit.ly", "buff.ly", "goo.gl", "is.gd", "ow.ly", "rebrand.ly", "t.co", "tinyurl.com")


def list_hints(composed: Composed) -> Iterator[str]:
    """The hints for a letter in one language, in words."""
    subject = "".join(composed.subject[::2])
    if sum(map(str.isalpha, subject)) >= 10 and subject == subject.upper():
        yield gettext("the subject is written in capitals throughout, as unwanted mail is.")
    if subject.count("!") > 1:
        yield gettext("the subject has more than one exclamation mark, as unwanted mail has.")
    if len("".join(composed.html).encode()) > MOST_BYTES:
        yield gettext("it is so long that some mail programs hide its end, and the link to stop with it.")
    if "<img" in "".join(composed.html) and len("".join(composed.text[::2]).split()) < FEW_WORDS:
        yield gettext(
            "it has hardly any words beside its pictures. Many mail programs show no pictures at first."
        )
    for host in sorted({urlsplit(link).hostname or "" for link in composed.links}.intersection(SHORTENERS)):
        yield gettext(
            "“%(host)s” hides where a link leads, which filters distrust. Write the whole address.", host=host
        )
