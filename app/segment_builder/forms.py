"""The rule as a form that needs no script: every group and condition stands in it, and each button sends all of it back.

A node's fields begin with its place: `n.what` of the root, `n-0.what` of its first part. `what` says how the parts of a group go
together, or is FIELD:RELATION; `not` turns a condition round. What comes out is the JSON of `rules`, faults and all, so that a
rule half built is shown as it was typed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from app.segments.errors import Fault
from app.segments.rules import FIELDS

Form = MultiDict[str, str]
Raw = dict[str, Any]
GROUPS = {"all": ("all", False), "any": ("any", False), "none": ("any", True), "not-all": ("all", True)}
"""How a group is called in the form: the word of JSON, and whether NOT stands before it."""
DEEPEST_READ = 8
MOST_PARTS = 60


@dataclass
class Node:
    """A group or condition as the page draws it. `id` is its place, also in the names of its fields."""

    id: str
    what: str
    is_not: bool
    given: Mapping[str, Any] = field(default_factory=dict)
    parts: list[Node] = field(default_factory=list)
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def wants(self) -> list[str]:
        """What a condition has to be told."""
        name, _, relation = self.what.partition(":")
        return [one.rstrip("?") for one in FIELDS.get(name, {}).get(relation, ())]

    def nodes(self) -> Iterator[Node]:
        """This one and all below."""
        yield self
        for part in self.parts:
            yield from part.nodes()


def read(form: Form) -> Raw:
    """The rule that the form shows, as JSON that may have faults."""
    return _read(form, "n", 1) if "n.what" in form else {"all": []}


def change(raw: Raw, wish: str, what: str) -> Raw:
    """The rule after a button: `add:PLACE` adds `what` (a group or FIELD:RELATION) there, `remove:PLACE` takes that part away."""
    verb, _, place = wish.partition(":")
    path = [int(step) for step in place.split("-")[1:] if step.isdecimal()]
    if verb == "remove" and path:
        group = _find(raw, path[:-1])
        if group is not None and path[-1] < len(group):
            del group[path[-1]]
    elif verb == "add":
        group = _find(raw, path)
        if group is not None and len(group) < MOST_PARTS:
            group.append(_new(what))
    return raw


def draw(raw: Raw, faults: list[Fault] | None = None) -> Node:
    """The rule as the page draws it, each fault beside its field; the root is always a group."""
    inner = raw.get("not", raw) if isinstance(raw, Mapping) else raw
    if "all" not in inner and "any" not in inner:
        raw = {"all": [raw]}
        faults = [one._replace(place=one.place.replace("1", "1.1", 1)) for one in faults or ()]
    return _draw(raw, "n", "1", faults or [])


def field_of(fault: Fault) -> str:
    """The id of the field that a fault is about."""
    node = "n" + "".join(f"-{int(step) - 1}" for step in fault.place.split(".")[1:])
    has_field = fault.reason not in ("field", "relation", "unknown", "empty", "deep", "many", "shape")
    return f"{node}.{fault.word}" if has_field and fault.word else node


def _read(form: Form, place: str, depth: int) -> Raw:
    what = form.get(f"{place}.what", "")
    node: Raw
    if what in GROUPS:
        join, is_not = GROUPS[what]
        parts = [] if depth >= DEEPEST_READ else _parts(form, place)
        node = {join: [_read(form, one, depth + 1) for one in parts]}
    else:
        name, _, relation = what.partition(":")
        is_not = bool(form.get(f"{place}.not"))
        node = {"field": name, "relation": relation, **_given(form, place)}
    return {"not": node} if is_not else node


def _parts(form: Form, place: str) -> list[str]:
    return [one for at in range(MOST_PARTS) if f"{(one := f'{place}-{at}')}.what" in form]


def _given(form: Form, place: str) -> Raw:
    start = f"{place}."
    given: Raw = {}
    for name in form:
        plain = name.removeprefix(start)
        if name.startswith(start) and plain not in ("what", "not", "new"):
            given[plain] = form.getlist(name) if plain == "districts" else form[name]
    return given


def _find(raw: Raw, path: list[int]) -> list[Raw] | None:
    inner = raw.get("not", raw)
    group: list[Raw] | None = inner.get("all", inner.get("any"))
    if group is None or not path:
        return group
    return _find(group[path[0]], path[1:]) if path[0] < len(group) else None


def _new(what: str) -> Raw:
    if what in GROUPS:
        return {what: []}
    name, _, relation = what.partition(":")
    return {"field": name, "relation": relation}


def _draw(raw: Raw, place: str, number: str, faults: list[Fault]) -> Node:
    is_not = "not" in raw
    inner = raw["not"] if is_not else raw
    if "not" in inner:
        return _draw(inner["not"], place, number, faults)
    mine = {one.word if "." in field_of(one) else "": one.sentence() for one in faults if one.place == number}
    for what, (join, turned) in GROUPS.items():
        if join in inner and turned == is_not:
            parts = [
                _draw(part, f"{place}-{at}", f"{number}.{at + 1}", faults)
                for at, part in enumerate(inner[join])
            ]
            return Node(place, what, is_not, parts=parts, errors=mine)
    given = {name: said for name, said in inner.items() if name not in ("field", "relation")}
    return Node(place, f"{inner.get('field')}:{inner.get('relation')}", is_not, given, errors=mine)
