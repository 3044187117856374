"""The shape of a ballot as the browser sends it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from werkzeug.datastructures import MultiDict

from app.budgets.errors import BallotFault
from app.budgets.rules import BallotKind, Choices

Form = MultiDict[str, str]
_NUMBER = re.compile(r"[0-9]{1,9}")


def read_choices(form: Form, kind: BallotKind) -> Choices:
    """A ballot from its form: `project=7` a choice, `points-7=3` points, `rank-7=1` a place.

    Raises: BallotFault for what is not a ballot at all; limits are checked elsewhere.
    """
    if kind is BallotKind.POINTS:
        given = _numbers(form, "points-")
        return Choices(tuple(given), tuple(given.values()))
    if kind is BallotKind.RANK:
        return _ranked(_numbers(form, "rank-"))
    return Choices(tuple(_number(text) for text in form.getlist("project") if text))


def _ranked(places: Mapping[int, int]) -> Choices:
    order = sorted(places, key=lambda project: places[project])
    given = [places[project] for project in order]
    if len(set(given)) != len(given):
        raise BallotFault("place-twice")
    if given != list(range(1, len(given) + 1)):
        raise BallotFault("place-gap")
    return Choices(tuple(order))


def _numbers(form: Form, prefix: str) -> dict[int, int]:
    given: dict[int, int] = {}
    for name, texts in form.lists():
        if not name.startswith(prefix) or not any(text.strip() for text in texts):
            continue
        if len(texts) > 1:
            raise BallotFault("duplicate")
        number = _number(texts[0])
        if number:
            given[_number(name.removeprefix(prefix))] = number
    return given


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text.strip()) or not text.isascii():
        raise BallotFault("not-a-number")
    return int(text)
