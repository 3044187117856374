"""Refusals of this feature."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext

from app.core.errors import Refusal

SHOWN = 20


class WrongFile(Refusal):
    """Rows of an address file of which no letter can be made; all of them or none: nobody is forgotten unseen."""

    def __init__(self, lines: Sequence[int]) -> None:
        named = ", ".join(map(str, lines[:SHOWN])) + (", …" if len(lines) > SHOWN else "")
        sentence = gettext(
            "No letter was made. These lines name nobody who is on the list today, cannot be read, or have no address: "
            "%(lines)s. Correct them or take them out, then send the file again.",
            lines=named,
        )
        super().__init__(sentence, fields={"file": sentence})


class NoAddresses(Refusal):
    """The file has no columns that say where somebody lives."""

    def __init__(self, header: Sequence[str]) -> None:
        sentence = gettext(
            "The file needs columns headed Address, Postcode and Town. It has: %(header)s.",
            header=", ".join(header),
        )
        super().__init__(sentence, fields={"file": sentence})


class TooManyLetters(Refusal):
    """More letters than are made at once."""

    def __init__(self, most: int) -> None:
        sentence = gettext("At most %(most)s letters are made at once. Divide the file.", most=most)
        super().__init__(sentence, fields={"file": sentence})


class NobodyToWrite(Refusal):
    """Everybody in the file is known already."""

    def message(self) -> str:
        """The sentence to show."""
        return gettext("Nobody in the file needs a letter: all are known already.")


class WrongDay(Refusal):
    """Codes cannot be good until that day."""

    def __init__(self, most_days: int) -> None:
        sentence = gettext("Choose a day after today, at most %(most)s days ahead.", most=most_days)
        super().__init__(sentence, fields={"until": sentence})


class Mistyped(Refusal):
    """Not a code that the site could have printed."""

    def __init__(self) -> None:
        super().__init__(fields={"code": gettext("Compare the code with the letter: a sign is mistyped.")})

    def message(self) -> str:
        """The sentence to show."""
        return gettext("A sign is mistyped.")


class WrongCode(Refusal):
    """No such index, another code, used by another account, or over: one answer for all."""

    def message(self) -> str:
        """The sentence to show."""
        return gettext("This index and this code do not belong together, or are no longer good.")


class KnownAsOther(Refusal):
    """The person of the letter is another account already."""

    status = 409

    def message(self) -> str:
        """The sentence to show."""
        return gettext(
            "Another account is known as the person of this letter. Come to the town hall with your identity document."
        )
