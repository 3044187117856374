"""The counting rules agree with what cities decided, with the slow obvious count, and with themselves."""

import io
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.counting import pabulib, rules, ties
from app.counting.election import WITHDRAWN_COST, Ballot, Election, Project, VoteType
from app.counting.errors import UncountableBallots, UnknownRule
from app.counting.outcome import Outcome, Reason
from app.counting.tally import tally
from tests.unit import slow_count
from tests.unit.elections import VALCLAIR, as_bytes, each_real_file, make_election, read_text


def reasons(outcome: Outcome) -> dict[str, Reason]:
    """Why each project was funded or not."""
    return {step.project_id: step.reason for step in outcome.steps}


# --- agreement with the cities -----------------------------------------------------------------------------------


@each_real_file
def test_the_count_agrees_with_what_the_city_decided(path: Path) -> None:
    election = pabulib.read(path)
    decided = {project.id for project in election.projects if project.selected == 1}
    if all(project.selected is None for project in election.projects):
        pytest.skip("the file does not say what the city decided")
    assert set(rules.count(election).funded) == decided


@each_real_file
def test_an_exported_real_election_recounts_to_the_same_outcome(path: Path) -> None:
    election = pabulib.read(path)
    assert rules.count(pabulib.read(io.BytesIO(as_bytes(election)))) == rules.count(election)


# --- the greedy family -------------------------------------------------------------------------------------------

COSTS: dict[str, int | str] = {"a": 60, "b": 50, "c": 40, "d": 5}
VOTES = ["a b c d", "a b c", "a b", "a"]


def test_greedy_skips_what_does_not_fit() -> None:
    outcome = rules.count(make_election(100, COSTS, VOTES), "greedy")
    assert (outcome.funded, outcome.spent) == (("a", "c"), 100)
    assert reasons(outcome)["b"] is Reason.TOO_EXPENSIVE
    assert [step.money_left for step in outcome.steps] == [100, 40, 40, 0]
    assert (outcome.served, outcome.voters) == (4, 4)


def test_greedy_without_skip_stops_at_the_first_that_does_not_fit() -> None:
    outcome = rules.count(make_election(100, COSTS, VOTES), "greedy-no-skip")
    assert outcome.funded == ("a",)
    assert [reasons(outcome)[name] for name in "bcd"] == [
        Reason.TOO_EXPENSIVE,
        Reason.AFTER_STOP,
        Reason.AFTER_STOP,
    ]


def test_a_withdrawn_project_is_never_funded_and_does_not_stop_the_walk() -> None:
    election = make_election(WITHDRAWN_COST * 2, {**COSTS, "b": WITHDRAWN_COST}, VOTES)
    for rule in rules.RULES:
        if rule != "greedy-threshold":
            outcome = rules.count(election, rule)
            assert set(outcome.funded) == {"a", "c", "d"}, rule
            assert reasons(outcome)["b"] is Reason.WITHDRAWN


def test_a_project_at_the_threshold_is_eligible_and_one_below_is_not() -> None:
    election = make_election(1000, COSTS, VOTES, min_project_score_threshold="2")
    outcome = rules.count(election, "greedy-threshold")
    assert outcome.funded == ("a", "b", "c")
    assert reasons(outcome)["d"] is Reason.BELOW_THRESHOLD
    assert rules.count(election, "greedy-no-skip").funded == ("a", "b", "c")
    assert rules.count(election, "greedy").funded == ("a", "b", "c", "d")


def test_a_threshold_rule_without_a_threshold_is_refused() -> None:
    with pytest.raises(UncountableBallots, match="min_project_score_threshold"):
        rules.count(make_election(100, COSTS, VOTES), "greedy-threshold")


def test_a_funded_project_excludes_its_rivals_whichever_of_them_says_so() -> None:
    election = make_election(200, COSTS, VOTES)
    a, b, c, d = election.projects
    election = replace(election, projects=(replace(a, excludes=("b",)), b, replace(c, excludes=("a",)), d))
    outcome = rules.count(election, "greedy-exclusive")
    assert outcome.funded == ("a", "d")
    assert [step.beside for step in outcome.steps] == [None, "a", "a", None]
    assert rules.count(election, "greedy").funded == ("a", "b", "c", "d")


@pytest.mark.parametrize(("budget", "funded"), [(100, ("a", "b")), (99, ("a",)), (110, ("a", "b"))])
def test_the_reserve_completes_the_project_that_ends_the_walk_from_eighty_percent_on(
    budget: int, funded: tuple[str, ...]
) -> None:
    outcome = rules.count(make_election(budget, {"a": 60, "b": 50, "c": 1}, VOTES), "greedy-reserve")
    assert (outcome.funded, outcome.spent) == (funded, sum({"a": 60, "b": 50}[name] for name in funded))
    if budget == 100:
        assert reasons(outcome)["b"] is Reason.FUNDED_FROM_RESERVE


def test_a_category_that_is_full_takes_no_more() -> None:
    election = make_election(200, COSTS, VOTES)
    election = replace(election, projects=tuple(replace(one, category="green") for one in election.projects))
    outcome = rules.count(election, "greedy", category_limits={"green": Fraction(100)})
    assert outcome.funded == ("a", "c")
    assert reasons(outcome)["b"] is Reason.CATEGORY_FULL


def test_points_rank_by_score_and_ranks_by_borda() -> None:
    projects = (Project("a", Fraction(10)), Project("b", Fraction(10)))
    ballots = (Ballot("1", ("a",), (1,)), Ballot("2", ("a",), (1,)), Ballot("3", ("b",), (5,)))
    points = Election(Fraction(10), VoteType.CUMULATIVE, projects, ballots)
    assert rules.count(points, "greedy").funded == ("b",)
    ranks = (Ballot("1", ("b", "a")), Ballot("2", ("a",)), Ballot("3", ("b",)))
    counted = tally(replace(points, vote_type=VoteType.ORDINAL, ballots=ranks))
    assert (counted.votes, counted.score) == ({"a": 2, "b": 2}, {"a": 2, "b": 3})


def test_where_only_votes_were_published_votes_decide() -> None:
    projects = (Project("a", Fraction(10)), Project("b", Fraction(10)))
    ballots = (Ballot("1", ("a",), (1,)), Ballot("2", ("a",), (1,)), Ballot("3", ("b",), (5,)))
    published = Election(
        Fraction(10), VoteType.CUMULATIVE, projects, ballots, columns=("project_id", "votes")
    )
    assert rules.count(published, "greedy").funded == ("a",)


# --- ties --------------------------------------------------------------------------------------------------------


def test_equals_go_in_the_order_of_the_list_and_a_tie_that_decided_is_told() -> None:
    outcome = rules.count(make_election(100, {"b": 60, "a": 60}, ["a b", "a b"]), "greedy")
    assert (outcome.funded, outcome.ties) == (("b",), (("b", "a"),))


@pytest.mark.parametrize(
    ("costs", "rule", "is_told"),
    [
        ({"a": 40, "b": 60}, "greedy", False),
        ({"a": 101, "b": 60}, "greedy", False),
        ({"a": 101, "b": 60}, "greedy-no-skip", True),
        ({"a": 101, "b": 102}, "greedy-no-skip", False),
        ({"a": 41, "b": 60}, "greedy", True),
        ({"a": 41, "b": 60}, "greedy-reserve", True),
    ],
)
def test_a_tie_that_decides_nothing_is_not_told(
    costs: dict[str, int | str], rule: str, is_told: bool
) -> None:
    assert bool(rules.count(make_election(100, costs, ["a b"]), rule).ties) is is_told


def test_a_lot_depends_on_the_seed_and_the_project_alone() -> None:
    projects = make_election(1, {name: 1 for name in "abcdefgh"}, []).projects
    drawn = ties.drawn_by_lot(projects, "4 8 15 16 23 42")
    assert sorted(drawn, key=drawn.__getitem__) == ["b", "g", "a", "f", "d", "c", "h", "e"]
    assert ties.drawn_by_lot(projects[::-1], "4 8 15 16 23 42") == drawn
    fewer = ties.drawn_by_lot(projects[:4], "4 8 15 16 23 42")
    assert sorted(fewer, key=fewer.__getitem__) == ["b", "a", "d", "c"]


def test_the_lot_settles_a_tie() -> None:
    election = make_election(100, {"a": 60, "b": 60}, ["a b"])
    funded = {
        rules.count(election, "greedy", precedence=ties.drawn_by_lot(election.projects, str(seed))).funded
        for seed in range(20)
    }
    assert funded == {("a",), ("b",)}


# --- equal shares ------------------------------------------------------------------------------------------------


def test_equal_shares_funds_what_its_supporters_can_pay() -> None:
    outcome = rules.count(
        make_election(100, {"a": 60, "b": 40, "c": 60}, ["a", "a", "a", "b", "b"]), "equalshares"
    )
    assert outcome.funded == ("a", "b")
    assert [step.payment for step in outcome.steps] == [20, 20, None]
    assert reasons(outcome)["c"] is Reason.NO_VOTES
    assert outcome.voter_share == 20


def test_add1_raises_the_share_until_more_would_be_too_much() -> None:
    election = make_election(100, {"a": 90, "b": 31}, ["a", "a", "a", "b"])
    assert rules.count(election, "equalshares").funded == ()
    outcome = rules.count(election, "equalshares/add1")
    assert (outcome.funded, outcome.voter_share) == (("a",), 30)


def test_a_tie_in_equal_shares_goes_to_the_cheaper_then_to_the_more_wanted_then_to_the_list() -> None:
    outcome = rules.count(
        make_election(3, {"a": 2, "b": 2, "c": 1}, ["a b c", "a b c", "a b c"]), "equalshares"
    )
    assert outcome.funded == ("c", "a")
    assert outcome.ties == (("a", "b", "c"), ("a", "b"))


def test_the_comparison_step_lets_a_majority_have_the_greedy_outcome() -> None:
    costs: dict[str, int | str] = {"park": 100, "x": 25}
    votes = ["park"] * 3 + ["park x"] * 2 + ["x"]
    election = make_election(100, costs, votes)
    assert rules.count(election, "equalshares").funded == ("x",)
    assert rules.count(election, "equalshares-comparison").funded == ("park",)


def test_nobody_voting_funds_nothing_and_is_no_error() -> None:
    for rule in ("equalshares", "equalshares/add1", "equalshares/add1-comparison"):
        assert rules.count(make_election(100, {"a": 101}, []), rule).funded == ()


# --- against the slow count --------------------------------------------------------------------------------------

NAMES = "abcdef"
votes_drawn = st.lists(
    st.sets(st.sampled_from(NAMES)).map(lambda chosen: " ".join(sorted(chosen))), min_size=1, max_size=12
)
costs_drawn = st.lists(
    st.one_of(st.integers(0, 30), st.sampled_from(["0.5", "2.5", "9.99", "10.01", "10"])),
    min_size=6,
    max_size=6,
)


@st.composite
def elections(draw: st.DrawFn) -> Election:
    """Small elections with many equal costs and supports, where ties and near ties are the rule."""
    costs = dict(zip(NAMES, draw(costs_drawn), strict=True))
    return make_election(draw(st.integers(0, 90)), costs, draw(votes_drawn))


@given(elections())
@settings(max_examples=300, deadline=None)
def test_greedy_counts_as_the_slow_count_does(election: Election) -> None:
    votes = tally(election).votes
    for rule, skips in (("greedy", True), ("greedy-no-skip", False)):
        assert list(rules.count(election, rule).funded) == slow_count.greedy(election, votes, skips=skips)


@given(elections())
@settings(max_examples=300, deadline=None)
def test_equal_shares_counts_as_the_slow_count_does(election: Election) -> None:
    share = election.budget / len(election.ballots)
    assert list(rules.count(election, "equalshares").funded) == slow_count.equal_shares(election, share)
    assert list(rules.count(election, "equalshares/add1").funded) == slow_count.equal_shares_add1(election)


@given(st.integers(0, 2**32), st.sampled_from([1, 10**6, 10**12, 10**17]))
@settings(max_examples=40, deadline=None)
def test_equal_shares_is_exact_where_floats_cannot_tell(seed: int, size: int) -> None:
    """Costs that differ by one part in 10^18, purses emptied to the last cent: far below what a float keeps apart."""
    draws = iter(ties.drawn_by_lot([Project(str(place), Fraction(0)) for place in range(400)], str(seed)))
    numbers = [int(next(draws)) for _ in range(160)]
    costs: dict[str, int | str] = {
        name: 20 * size + numbers[place] % 3 - 1 for place, name in enumerate("abcdefgh")
    }
    votes = [
        " ".join(name for bit, name in enumerate("abcdefgh") if number >> bit & 1) for number in numbers[8:68]
    ]
    election = make_election(75 * size, costs, votes)
    share = election.budget / len(election.ballots)
    assert list(rules.count(election, "equalshares").funded) == slow_count.equal_shares(election, share)


@pytest.mark.parametrize("voters", range(1, 61))
def test_a_project_that_costs_all_its_supporters_have_is_funded_and_a_trifle_more_is_not(voters: int) -> None:
    """A share of 0.1 has no exact float, and adding such shares up drifts: only exact sums decide this right."""
    everything = Fraction(voters, 10)
    election = make_election(0, {"a": 0, "b": 0}, ["a b"] * voters + [""] * voters)
    a, b = election.projects
    for more, funded in ((Fraction(0), 2), (Fraction(1, 10**30), 1)):
        projects = (replace(a, cost=everything * Fraction(9, 10)), replace(b, cost=everything / 10 + more))
        dear = replace(election, budget=2 * everything, projects=projects)
        assert len(rules.count(dear, "equalshares").funded) == funded


@given(elections(), st.sampled_from(sorted(set(rules.RULES) - {"greedy-threshold"})))
@settings(max_examples=200, deadline=None)
def test_every_outcome_is_within_the_budget_and_explains_every_project(election: Election, rule: str) -> None:
    outcome = rules.count(election, rule)
    costs = {project.id: project.cost for project in election.projects}
    assert outcome.spent == sum(costs[name] for name in outcome.funded)
    assert outcome.spent <= election.budget or rule == "greedy-reserve"
    assert sorted(step.project_id for step in outcome.steps) == sorted(costs)
    assert tuple(step.project_id for step in outcome.steps if step.is_funded) == outcome.funded
    assert [step.place for step in outcome.steps] == list(range(1, len(costs) + 1))


@given(elections(), st.sampled_from(sorted(set(rules.RULES) - {"greedy-threshold"})))
@settings(max_examples=200, deadline=None)
def test_a_written_election_reads_back_the_same_and_recounts_to_the_same(
    election: Election, rule: str
) -> None:
    written = as_bytes(election)
    again = pabulib.read(io.BytesIO(written), strict=True)
    assert as_bytes(again) == written
    assert rules.count(again, rule) == rules.count(election, rule)


# --- which rule --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["greedy", "Greedy", " GREEDY "])
def test_the_rule_of_meta_is_the_default(written: str) -> None:
    assert rules.count(read_text(VALCLAIR.replace("rule;greedy", f"rule;{written}"))).rule == "greedy"


@pytest.mark.parametrize("written", ["unknown", "", "by acclamation", "greedy-custom"])
def test_a_file_without_a_rule_that_is_known_says_which_there_are(written: str) -> None:
    with pytest.raises(UnknownRule, match="equalshares/add1"):
        rules.count(read_text(VALCLAIR.replace("rule;greedy", f"rule;{written}")))


def test_a_custom_rule_that_its_comment_explains_as_poznans_is_the_reserve_rule() -> None:
    text = VALCLAIR.replace("rule;greedy", "rule;greedy-custom\ncomment;#1: funded from 80% of its cost on")
    assert rules.count(read_text(text)).rule == "greedy-reserve"


def test_an_unknown_rule_names_the_nearest() -> None:
    with pytest.raises(UnknownRule, match="Did you mean 'greedy-no-skip'"):
        rules.count(make_election(1, {}, []), "greedy-noskip")
