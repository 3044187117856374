"""The Method of Equal Shares:

every voter gets the same share of the budget and pays only for what the ballot names.

Utility is cost (equalshares.net): of the projects whose supporters can pay, the one that costs each of them
the least per unit of cost is funded next. `add1` raises everybody's share by one unit of the currency until
the funded projects would exceed the budget, or nothing more that has supporters would fit; the last outcome
within the budget stands.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from heapq import heapify, heappop, heappush
from math import lcm

from app.counting.election import WITHDRAWN_COST, Ballot, Election, Project
from app.counting.outcome import Outcome, Reason, Step
from app.counting.purses import Estimate, Payment, Purses, Support, Voters
from app.counting.tally import Tally, count_served, tally


@dataclass(frozen=True, slots=True)
class Bought:
    """A funded project:

    its place in the list and the exact payment. `equals` were as cheap per unit of cost.
    """

    place: int
    payment: Fraction
    equals: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the rule at a fixed share: what was bought, in order, and the purses after it."""

    bought: tuple[Bought, ...]
    purses: Purses
    cost: int


class Market:
    """The projects on offer and their supporters, in integers; runs of the rule at different shares start from here."""

    def __init__(self, election: Election, precedence: Mapping[str, int]) -> None:
        places = {project.id: place for place, project in enumerate(election.projects)}
        self.voters = len(election.ballots)
        self.scale = lcm(
            election.budget.denominator, *(project.cost.denominator for project in election.projects)
        )
        self.budget = int(election.budget * self.scale)
        self.costs = [int(project.cost * self.scale) for project in election.projects]
        ballots = [[places[name] for name in supported(ballot)] for ballot in election.ballots]
        self.support = Support(ballots, len(places))
        self.supporters = self.support.by_project
        self.precedence = [precedence[project.id] for project in election.projects]
        self.on_offer = [
            place
            for place, project in enumerate(election.projects)
            if project.cost != WITHDRAWN_COST and len(self.supporters[place])
        ]

    def run(self, share: Fraction) -> Run:
        """Run the rule with this share for every voter, in scaled units of the currency."""
        purses = Purses(self.support, share.numerator, share.denominator)
        free = [place for place in self.on_offer if self.costs[place] == 0]
        bought = [Bought(place, Fraction(0), ()) for place in free]
        queue = _Queue(self, purses)
        while (choice := queue.choose()) is not None:
            place, payment, equals = choice
            purses.collect(place, payment)
            bought.append(Bought(place, Fraction(purses.payments[-1], purses.unit), equals))
        return Run(tuple(bought), purses, sum(self.costs[one.place] for one in bought))

    def is_exhaustive(self, run: Run) -> bool:
        """Whether nothing more with a supporter would fit the budget."""
        funded = {one.place for one in run.bought}
        return all(place in funded or run.cost + self.costs[place] > self.budget for place in self.on_offer)

    def shares(self) -> Iterator[Fraction]:
        """The shares that add1 tries after the plain one: whole units of the currency, rising."""
        share = self.budget // self.scale // self.voters
        while True:
            share += 1
            yield Fraction(share * self.scale)


class _Queue:
    """Projects by the least they may cost a supporter per unit of cost:

    a bound that can only rise during a run.
    """

    def __init__(self, market: Market, purses: Purses) -> None:
        self.market, self.purses = market, purses
        self.heap = [
            (1 / len(market.supporters[place]), place, 0.0)
            for place in market.on_offer
            if market.costs[place] > 0
        ]
        heapify(self.heap)

    def choose(self) -> tuple[int, Payment, tuple[int, ...]] | None:
        """The project to fund next with its exact payment, and all that were exactly as cheap."""
        candidates: list[tuple[float, int, Estimate]] = []
        best = float("inf")
        while self.heap and self.heap[0][0] <= best:
            _, place, at_least = heappop(self.heap)
            cost = self.market.costs[place]
            estimate = self.purses.estimate(cost, self.market.supporters[place], at_least)
            if estimate is None:
                continue
            candidates.append(((estimate.payment - estimate.error) / cost * (1 - 1e-15), place, estimate))
            best = min(best, (estimate.payment + estimate.error) / cost * (1 + 1e-15))
        chosen = self._cheapest([one for one in candidates if one[0] <= best])
        for bound, place, estimate in candidates:
            if chosen is None or place != chosen[0]:
                heappush(self.heap, (bound, place, max(estimate.payment - 2 * estimate.error, 0.0)))
        return chosen

    def _cheapest(
        self, candidates: list[tuple[float, int, Estimate]]
    ) -> tuple[int, Payment, tuple[int, ...]] | None:
        """Decide exactly among the candidates that the estimates cannot tell apart."""
        costs, supporters = self.market.costs, self.market.supporters
        exact: list[tuple[Fraction, int, Payment]] = []
        for _, place, estimate in candidates:
            payment = self.purses.pay_exactly(costs[place], supporters[place], estimate)
            if payment is not None:
                exact.append((Fraction(payment.amount, payment.payers * costs[place]), place, payment))
        if not exact:
            return None
        least = min(rate for rate, _, _ in exact)
        equals = [(place, payment) for rate, place, payment in exact if rate == least]
        place, payment = min(equals, key=lambda one: self._precedence(one[0]))
        return place, payment, tuple(place for place, _ in equals) if len(equals) > 1 else ()

    def _precedence(self, place: int) -> tuple[int, int, int]:
        """Among equals: the lower cost, then the more votes, then the tie rule."""
        market = self.market
        return market.costs[place], -len(market.supporters[place]), market.precedence[place]


def count_by_equal_shares(rule: str, election: Election, precedence: Mapping[str, int]) -> Outcome:
    """Count by equal shares. The rule's name says whether shares rise (`/add1`)."""
    market = Market(election, precedence)
    share = Fraction(market.budget, market.voters) if market.voters else Fraction(0)
    run = market.run(share)
    if rule.startswith("equalshares/add1") and market.voters:
        for raised in market.shares():
            if market.is_exhaustive(run):
                break
            next_run = market.run(raised)
            if next_run.cost > market.budget:
                break
            share, run = raised, next_run
    return _outcome(rule, election, market, share, run)


def supported(ballot: Ballot) -> tuple[str, ...]:
    """The projects a ballot pays for: all it names, except those it gives no points, or points against."""
    if ballot.points is None:
        return ballot.choices
    return tuple(name for name, points in zip(ballot.choices, ballot.points, strict=True) if points > 0)


def _outcome(rule: str, election: Election, market: Market, share: Fraction, run: Run) -> Outcome:
    names = [project.id for project in election.projects]
    funded = tuple(names[one.place] for one in run.bought)
    unfunded = set(names) - set(funded)
    ties = [tuple(names[place] for place in sorted(one.equals)) for one in run.bought]
    return Outcome(
        rule=rule,
        budget=election.budget,
        funded=funded,
        spent=Fraction(run.cost, market.scale),
        ties=tuple(dict.fromkeys(tie for tie in ties if not unfunded.isdisjoint(tie))),
        steps=tuple(_steps(election, market, run)),
        voters=market.voters,
        served=count_served(election, frozenset(funded)),
        voter_share=share / market.scale,
    )


def _steps(election: Election, market: Market, run: Run) -> Iterator[Step]:
    tallied = tally(election)
    money = election.budget
    for place, one in enumerate(run.bought, start=1):
        payment = one.payment / market.scale
        step = _step(election.projects[one.place], tallied, place, Reason.FUNDED, money)
        yield replace(step, payment=payment)
        money -= election.projects[one.place].cost
    funded = {one.place for one in run.bought}
    rest = [place for place in range(len(election.projects)) if place not in funded]
    rest.sort(key=lambda place: (-tallied.measure[election.projects[place].id], market.precedence[place]))
    for number, place in enumerate(rest, start=len(funded) + 1):
        left = Fraction(run.purses.total(market.supporters[place]), run.purses.unit * market.scale)
        reason = _why_not(election.projects[place], market.supporters[place])
        step = _step(election.projects[place], tallied, number, reason, money)
        yield replace(step, supporters_money=left)


def _why_not(project: Project, supporters: Voters) -> Reason:
    if project.cost == WITHDRAWN_COST:
        return Reason.WITHDRAWN
    return Reason.SUPPORTERS_CANNOT_PAY if len(supporters) else Reason.NO_VOTES


def _step(project: Project, tallied: Tally, place: int, reason: Reason, money: Fraction) -> Step:
    return Step(project.id, place, tallied.votes[project.id], tallied.score[project.id], reason, money)
