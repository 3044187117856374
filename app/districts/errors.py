"""Refusals: a table that cannot be read, rows that cannot be taken, one that is no longer here."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext

from app.core.errors import NotFound, Refusal


class WrongTable(Refusal):
    """The file is no table of streets."""


class ColumnsMissing(WrongTable):
    """No column holds the street, or none the district."""

    def __init__(self, header: Sequence[str]) -> None:
        sentence = gettext(
            "A table of streets needs a column “street” and a column “district”. The file has: %(header)s.",
            header=", ".join(header),
        )
        super().__init__(sentence)


class TooManyRows(WrongTable):
    """More streets than any town of ours has."""

    def __init__(self, most: int) -> None:
        super().__init__(gettext("The file has more than %(most)s rows. Send it in parts.", most=most))


class RowsRejected(Refusal):
    """Some rows cannot be taken, so none is."""

    def message(self) -> str:
        """The sentence to show."""
        return gettext("Some rows cannot be taken. Nothing was changed.")


class TableGone(NotFound):
    """It was taken over, or nobody decided on it for a day."""

    def message(self) -> str:
        """The sentence to show."""
        return gettext("This file is no longer here. Send it again.")
