"""Why a file cannot be read as rows."""

from __future__ import annotations

from flask_babel import lazy_gettext

from app.core.errors import Refusal

FILE_SENTENCES = {
    "none": lazy_gettext("Choose a file: CSV, xlsx or ods."),
    "empty": lazy_gettext("The file has no rows below its header."),
    "spreadsheet": lazy_gettext(
        "This is an old spreadsheet (.xls) or one with a password. Save it as .xlsx, .ods or CSV without a password."
    ),
    "damaged": lazy_gettext(
        "The spreadsheet cannot be opened: it is damaged, or no spreadsheet. Save it again."
    ),
    "locked": lazy_gettext("The spreadsheet has a password. Save it without one."),
    "bomb": lazy_gettext(
        "The spreadsheet unpacks to far more than a list of people. Save it again, or as CSV."
    ),
    "wide": lazy_gettext("The spreadsheet has more than %(most)s columns. Keep only those that are needed."),
    "gone": lazy_gettext("The file is no longer here. Send it again."),
    "utf-16": lazy_gettext("The file is in UTF-16. Save it as CSV (UTF-8), then send that file."),
    "nul": lazy_gettext("The file holds NUL bytes: it is not text, or it was damaged. Export it again."),
    "encoding": lazy_gettext(
        "The file is in neither UTF-8 nor Windows-1252. Save it as CSV (UTF-8), then send that file."
    ),
    "delimiter": lazy_gettext("The header has one column only. Columns are separated by ; or , or tabs."),
    "header": lazy_gettext("The header names a column twice or leaves one without a name: %(names)s."),
    "quotes": lazy_gettext("Line %(line)s: the quotes do not match. The file may have been cut off."),
    "long": lazy_gettext(
        "Line %(line)s is longer than a row of people can be. Check its quotes, or export the file again."
    ),
    "character": lazy_gettext("The file ends in the middle of a character. Export it again."),
    "cut": lazy_gettext("The file ends in the middle of line %(line)s. Export it again."),
}


class FileRefused(Refusal):
    """The file cannot be read as rows. `reason` is a key of FILE_SENTENCES."""

    def __init__(self, reason: str, **values: object) -> None:
        super().__init__()
        self.reason = reason
        self.values = values

    def message(self) -> str:
        """The sentence to show."""
        return str(FILE_SENTENCES[self.reason]) % self.values
