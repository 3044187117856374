"""Refusals of this feature: columns that do not fit, imports that must not be applied; and why a row was rejected."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext, lazy_gettext

from app.core.errors import Refusal

ROW_SENTENCES = {
    "width": lazy_gettext("The row has more or fewer cells than the header."),
    "formula": lazy_gettext("The cell begins like a formula (= + - @)."),
    "garbled": lazy_gettext("The cell has broken characters: the file was saved in another encoding before."),
    "missing": lazy_gettext("The cell is empty."),
    "too-long": lazy_gettext("The cell is too long."),
    "number": lazy_gettext("The identity number is not a possible one."),
    "date": lazy_gettext("The date does not exist, or is not written as day, month, year."),
    "age": lazy_gettext("The date of birth is in the future, or more than 125 years ago."),
    "sex": lazy_gettext("The sex is not written in a known way."),
    "language": lazy_gettext("The language is not a code of two or three letters."),
    "duplicate": lazy_gettext("The same person stands on an earlier line."),
}


class ColumnsMissing(Refusal):
    """Columns that are needed cannot be told from the header. `missing` are names of fields, `header` what the file has."""

    def __init__(self, missing: Sequence[str], header: Sequence[str]) -> None:
        sentence = gettext(
            "No column was found for: %(missing)s. The file has: %(header)s. "
            "Choose another preset, or say which column holds what.",
            missing=", ".join(missing),
            header=", ".join(header),
        )
        beside = gettext("Choose the column that holds this. Every list needs it.")
        super().__init__(sentence, fields={f"column-{name}": beside for name in missing})
        self.missing = list(missing)


class ImportFailed(Refusal):
    """The worker met a fault, which is in its log."""

    def message(self) -> str:
        """The sentence to show."""
        return gettext(
            "Something went wrong on our side while this file was worked on. It has been noted, and the list is as it was."
        )


class ListChanged(Refusal):
    """The list is not what it was when the file was compared with it."""

    status = 409

    def message(self) -> str:
        """The sentence to show."""
        return gettext(
            "The list has been changed since this file was compared with it. Nothing was imported. Send the file again."
        )


class MostlyRejected(Refusal):
    """Half of the rows or more are rejected: the columns are shifted, or it is another file."""

    def message(self) -> str:
        """The sentence to show."""
        return gettext(
            "Half of the rows or more were rejected. The columns may be shifted, or the wrong ones chosen. "
            "Nothing was imported."
        )


class NotConfirmed(Refusal):
    """More than a tenth would go, and their number was not typed."""

    def __init__(self, gone: int, standing: int) -> None:
        sentence = gettext(
            "%(gone)s of %(standing)s people would leave the list, more than one in ten. Nothing was imported. "
            "If that is right, confirm it by the number %(gone)s.",
            gone=gone,
            standing=standing,
        )
        super().__init__(sentence, fields={"gone": sentence})


class TooEarly(Refusal):
    """The import would hold from a day before the list's last change."""

    def __init__(self, last: str) -> None:
        sentence = gettext(
            "The list already holds from %(last)s. Choose this day or a later one, and at most a year ahead.",
            last=last,
        )
        super().__init__(sentence, fields={"effective": sentence})


class FilledByRegister(Refusal):
    """The list is the one of the register elsewhere: whoever stood on it by a file, too, could vote twice."""

    status = 409

    def message(self) -> str:
        """The sentence to show."""
        return gettext(
            "This list is filled by the register that the site asks. Nothing was imported. Add another list for the file."
        )


class NoDay(Refusal):
    """The day from which a file holds does not exist."""

    def __init__(self) -> None:
        super().__init__(fields={"effective": gettext("Enter a day, month and year that exist.")})


class NotPrepared(Refusal):
    """The import was applied already, or is gone."""

    status = 409

    def message(self) -> str:
        """The sentence to show."""
        return gettext(
            "This import is no longer waiting. Look at the list: it may have been imported already."
        )


class NothingToUndo(Refusal):
    """No import of the list is left that could be undone, or another one came after it."""

    status = 409

    def message(self) -> str:
        """The sentence to show."""
        return gettext("Only the last import of a list can be undone. Nothing was changed.")
