"""What a ballot may say: the check agrees with the limits whatever is sent."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from app.budget_office import forms as office_forms
from app.budgets import rules
from app.budgets.errors import SENTENCES, BallotFault
from app.budgets.rules import BallotKind, Candidate, Choices, Limits
from app.processes.errors import WrongDates
from app.voting import forms

CANDIDATES = {
    number: Candidate(number, f"p{number}", number * 10_000, number != 9) for number in range(1, 10)
}
IDS = st.lists(st.integers(-1, 12), max_size=8).map(tuple)


def _fault(choices: Choices, limits: Limits) -> str | None:
    try:
        rules.check(choices, limits, CANDIDATES)
    except BallotFault as fault:
        SENTENCES[fault.code]  # every code has its sentence
        return fault.code
    return None


@given(IDS, st.integers(1, 4), st.integers(4, 9))
def test_an_approval_ballot_passes_if_and_only_if_it_keeps_the_limits(
    ids: tuple[int, ...], least: int, most: int
) -> None:
    limits = Limits(BallotKind.APPROVE, least=least, most=most)
    is_right = len(set(ids)) == len(ids) and all(1 <= one <= 8 for one in ids) and least <= len(ids) <= most
    assert (_fault(Choices(ids), limits) is None) == is_right


@given(IDS, st.integers(1, 400_000))
def test_a_knapsack_never_holds_more_than_there_is(ids: tuple[int, ...], most: int) -> None:
    limits = Limits(BallotKind.KNAPSACK, least=1, most=9, most_cost_cents=most)
    if _fault(Choices(ids), limits) is None:
        assert 0 < sum(CANDIDATES[one].cost_cents for one in ids) <= most


@given(
    st.dictionaries(st.integers(1, 8), st.integers(-5, 30), max_size=8), st.integers(1, 6), st.integers(1, 20)
)
def test_points_keep_to_their_bounds(given_points: dict[int, int], each: int, total: int) -> None:
    limits = Limits(BallotKind.POINTS, least=1, most=9, most_each=each, most_sum=total)
    choices = Choices(tuple(given_points), tuple(given_points.values()))
    points = given_points.values()
    is_right = bool(points) and all(1 <= one <= each for one in points) and sum(points) <= total
    assert (_fault(choices, limits) is None) == is_right


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["project", "points-3", "rank-3", "points-x", "rank-"]), st.text(max_size=12)
        )
    )
)
def test_a_form_is_a_ballot_or_a_refusal_never_a_fault(pairs: list[tuple[str, str]]) -> None:
    for kind in BallotKind:
        try:
            choices = forms.read_choices(MultiDict(pairs), kind)
        except BallotFault as fault:
            SENTENCES[fault.code]
        else:
            assert all(isinstance(one, int) for one in (*choices.projects, *(choices.points or ())))


@given(st.permutations(range(1, 9)))
def test_the_box_keeps_one_form_for_one_meaning_and_the_order_of_ranks(order: list[int]) -> None:
    chosen = Choices(tuple(order[:4]))
    approved = rules.box_text(chosen, BallotKind.APPROVE, CANDIDATES)
    assert approved == rules.box_text(Choices(tuple(sorted(order[:4]))), BallotKind.APPROVE, CANDIDATES)
    ranked = rules.box_text(chosen, BallotKind.RANK, CANDIDATES)
    assert json.loads(ranked)["choices"] == [f"p{one}" for one in order[:4]]
    assert rules.from_box_text(ranked) == (tuple(f"p{one}" for one in order[:4]), None)


@given(st.lists(st.integers(1, 10_000), unique=True, max_size=60), st.text(max_size=20))
def test_a_drawn_order_is_stable_and_leaves_nobody_out(ids: list[int], seed: str) -> None:
    drawn = rules.shuffled(ids, seed)
    assert sorted(drawn) == sorted(ids)
    assert drawn == rules.shuffled(reversed(ids), seed)


def test_an_hour_is_read_as_people_write_it() -> None:
    for typed in ("18:30", " 18 h 30 ", "18h30", "18H30"):
        assert _read(typed) == "18:30"
    for typed in ("9h", "9", " 9 h", "09:00"):
        assert _read(typed) == "09:00"
    for typed in ("", "h", "25:00", "18:3", "18:60", "noon", "18:30:00", "٩"):
        with pytest.raises(WrongDates):
            _read(typed)


def _read(hour: str) -> str:
    typed = MultiDict({"ends-day": "1", "ends-month": "2", "ends-year": "2027", "ends-hour": hour})
    return office_forms.read_date(typed, "ends", "Europe/Paris").strftime("%H:%M")
