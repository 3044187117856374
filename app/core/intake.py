"""What holds for every request before a view reads it: no more fields than a form has, no sign that a database cannot keep."""

from __future__ import annotations

from flask import Flask, abort, current_app, request
from werkzeug.routing import IntegerConverter, ValidationError

LARGEST_ROW = 2**31 - 1
NUL = "\0"


class RowNumber(IntegerConverter):
    """A number in an address that a row can have; a larger one is an unknown page."""

    def to_python(self, value: str) -> int:
        """The number. Raises: ValidationError, which leads to the next route or to 404."""
        number: int = super().to_python(value)
        if number > LARGEST_ROW:
            raise ValidationError
        return number


def row_number(text: str) -> int:
    """A number in a query or a form that a row can have, for `type=`. Raises: ValueError, which makes it as if not given."""
    number = int(text)
    if abs(number) > LARGEST_ROW:
        raise ValueError
    return number


def init_app(app: Flask) -> None:
    """Look at every request that has a page to go to."""
    app.url_map.converters["int"] = RowNumber
    app.before_request(_check)


def _check() -> None:
    if request.endpoint is None:
        return
    if NUL in request.path:
        abort(404)
    # Werkzeug counts the parts of a multipart form; the fields of a plain one are for us to count, before they are parsed.
    if request.mimetype == "application/x-www-form-urlencoded":
        if (request.content_length or 0) > (current_app.config["MAX_FORM_MEMORY_SIZE"] or 0):
            abort(413)
        if request.get_data(cache=True).count(b"&") >= (current_app.config["MAX_FORM_PARTS"] or 0):
            abort(413)
    for name, texts in request.values.lists():
        if NUL in name or any(NUL in text for text in texts):
            abort(400)
