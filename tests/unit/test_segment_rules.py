"""The rule of a segment: what can be said, what is refused, and that form and JSON say the same (F20, A09)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from app.people.engagement import Deed, Engagement, engagement
from app.segment_builder import forms
from app.segments.errors import WrongRule
from app.segments.rules import DEEPEST, AllOf, AnyOf, Not, parse, to_json, years_before
from tests.unit.segment_rules import CONDITIONS, TODAY, TREES, depth

WOMEN = {"field": "sex", "relation": "is", "sex": "f"}


@pytest.fixture(autouse=True)
def _words() -> Any:
    """Sentences need a language."""
    site = Flask("words")
    Babel(site)
    with site.test_request_context():
        yield


def faults_of(raw: object) -> set[tuple[str, str, str]]:
    with pytest.raises(WrongRule) as refused:
        parse(raw)
    assert refused.value.status == 400
    return {tuple(fault) for fault in refused.value.faults}  # type: ignore[misc]


@given(TREES)
def test_a_rule_survives_the_way_through_json(raw: dict[str, Any]) -> None:
    rule = parse(raw)
    assert parse(to_json(rule)) == rule


@given(st.lists(TREES.filter(lambda raw: depth(raw) < DEEPEST), max_size=3))
def test_a_rule_survives_the_way_through_the_form(parts: list[dict[str, Any]]) -> None:
    root = forms.draw({"all": parts})
    sent: MultiDict[str, str] = MultiDict()
    for node in root.nodes():
        sent[f"{node.id}.what"] = node.what
        if node.is_not and not node.parts:
            sent[f"{node.id}.not"] = "1"
        for name, told in node.given.items():
            sent.setlist(f"{node.id}.{name}", told if isinstance(told, list) else [str(told)])
    assert parse(forms.read(sent)) == _plain(parse({"all": parts}))


def _plain(rule: Any) -> Any:
    """Two NOTs in a row are none: the form does not draw them."""
    if isinstance(rule, Not) and isinstance(rule.part, Not):
        return _plain(rule.part.part)
    if isinstance(rule, Not):
        return Not(_plain(rule.part))
    if isinstance(rule, AllOf | AnyOf):
        return type(rule)(tuple(_plain(part) for part in rule.parts))
    return rule


def test_an_unknown_field_or_relation_is_named() -> None:
    raw = {
        "all": [{"field": "colour", "relation": "is"}, WOMEN, {"any": [{"field": "age", "relation": "like"}]}]
    }
    assert faults_of(raw) == {("1.1", "field", "colour"), ("1.3.1", "relation", "like")}
    with pytest.raises(WrongRule) as refused:
        parse(raw)
    assert "“colour”" in refused.value.message()
    assert "“like”" in refused.value.message()


def test_all_faults_of_all_conditions_are_named_at_once() -> None:
    raw = {
        "all": [
            {"field": "age", "relation": "between", "from": "old", "to": 500},
            {"field": "age", "relation": "between", "from": 40, "to": 16},
            {"field": "age", "relation": "between"},
            {"field": "activity", "relation": "in-last", "kind": "choices", "days": 0},
            {"field": "registered", "relation": "between", "since": "2026-02-30"},
            {**WOMEN, "ballot": 1},
            {"any": []},
            "nonsense",
        ]
    }
    assert faults_of(raw) == {
        ("1.1", "number", "from"), ("1.1", "number", "to"), ("1.2", "backwards", "from"), ("1.3", "missing", "from"),
        ("1.4", "choice", "kind"), ("1.4", "number", "days"), ("1.5", "date", "since"), ("1.6", "unknown", "ballot"),
        ("1.7", "empty", ""), ("1.8", "shape", ""),
    }  # fmt: skip


def test_depth_and_size_have_limits() -> None:
    deep: dict[str, Any] = WOMEN
    for _ in range(5):
        deep = {"all": [deep]}
    assert ("1.1.1.1.1.1", "deep", "5") in faults_of(deep)
    negated: dict[str, Any] = WOMEN
    for _ in range(5_000):
        negated = {"not": negated}
    assert {reason for _, reason, _ in faults_of(negated)} == {"deep"}
    wide = {"all": [{"any": [WOMEN] * 26}, {"any": [WOMEN] * 26}]}
    assert faults_of(wide) == {("1", "many", "50")}


NAMES = st.sampled_from(["all", "any", "not", "field", "relation", "from", "x"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()


@given(st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner)))
def test_whatever_is_sent_is_a_rule_or_a_refusal(raw: object) -> None:
    try:
        rule = parse(raw)
    except WrongRule:
        assert faults_of(raw)
    else:
        assert parse(to_json(rule)) == rule


def test_no_condition_can_ask_how_somebody_voted() -> None:
    assert faults_of({"field": "activity", "relation": "ever", "kind": "voted", "choice": "7"}) == {
        ("1", "unknown", "choice")
    }


@given(CONDITIONS, CONDITIONS)
def test_buttons_add_and_remove(first: dict[str, Any], second: dict[str, Any]) -> None:
    raw = {"all": [first, {"not": {"any": [second]}}]}
    grown = forms.change(raw, "add:n-1", "tag:has")
    assert grown["all"][1]["not"]["any"][1] == {"field": "tag", "relation": "has"}
    assert forms.change(grown, "remove:n-1-0", "") == {
        "all": [first, {"not": {"any": [{"field": "tag", "relation": "has"}]}}]
    }
    for wish in ("remove:n", "remove:n-9", "add:n-0-4", "remove:", "remove:n-1-9-9"):
        assert forms.change({"all": [WOMEN]}, wish, "tag:has") == {"all": [WOMEN]}


def test_a_fault_points_at_its_field() -> None:
    with pytest.raises(WrongRule) as refused:
        parse({"all": [WOMEN, {"any": [{"field": "age", "relation": "between", "from": "x"}]}]})
    assert [forms.field_of(one) for one in refused.value.faults] == ["n-1-0.from"]


@pytest.mark.parametrize(
    ("day", "years", "before"),
    [
        (date(2024, 2, 29), 18, date(2006, 2, 28)),
        (date(2026, 2, 28), 18, date(2008, 2, 28)),
        (TODAY, 0, TODAY),
    ],
)
def test_years_before_a_day(day: date, years: int, before: date) -> None:
    assert years_before(day, years) == before


def _done(kind: str, process: int, ago: int) -> Deed:
    return Deed(kind, process, TODAY - timedelta(days=ago))


@pytest.mark.parametrize(
    ("deeds", "level"),
    [
        ([], Engagement.INACTIVE),
        ([_done("voted", 1, 366)], Engagement.INACTIVE),
        ([_done("signed_in", 0, 365)], Engagement.READER),
        ([_done("began", 1, 3)], Engagement.READER),
        ([_done("voted", 1, 365)], Engagement.SUPPORTER),
        ([_done("voted", 1, 1), _done("voted", 2, 1), _done("voted", 2, 9)], Engagement.SUPPORTER),
        ([_done("voted", 1, 300), _done("voted", 2, 200), _done("voted", 3, 181)], Engagement.SUPPORTER),
        ([_done("voted", 1, 300), _done("voted", 2, 200), _done("voted", 3, 180)], Engagement.DRIVER),
    ],
)
def test_the_engagement_formula_at_its_edges(deeds: list[Deed], level: Engagement) -> None:
    assert engagement(deeds, TODAY) is level
