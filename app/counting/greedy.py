"""The greedy rules: go down the list from the most supported project and fund what can be paid.

Five variants of one walk (docs/counting.md): skip what does not fit or stop there, a threshold, exclusions,
limits by category, and a reserve that completes the first project that no longer fits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby

from app.counting.election import WITHDRAWN_COST, Election, Project
from app.counting.outcome import FUNDED, Outcome, Reason, Step
from app.counting.tally import Tally, count_served, tally


@dataclass(frozen=True, slots=True)
class Terms:
    """What distinguishes one greedy rule from another.

    `skips`: pass over what does not fit; otherwise the first that does not fit ends the walk. `threshold`:
    a project with less is not eligible. `has_exclusions`: a funded project excludes those it names in
    `excludes`, and those that name it. `reserve_from`: the share of its cost that must be left for the
    project that ends the walk to be completed from a reserve. `category_limits`: the most that may be spent
    by category.
    """

    skips: bool = True
    threshold: Fraction = Fraction(0)
    has_exclusions: bool = False
    reserve_from: Fraction | None = None
    category_limits: Mapping[str, Fraction] = field(default_factory=dict)


def count_greedily(rule: str, election: Election, terms: Terms, precedence: Mapping[str, int]) -> Outcome:
    """Walk down the projects by votes (or score), equals by `precedence`."""
    tallied = tally(election)
    order = sorted(
        election.projects, key=lambda project: (-tallied.measure[project.id], precedence[project.id])
    )
    walk = _Walk(election.budget, terms, tallied)
    ties = []
    for _, equals in groupby(order, key=lambda project: tallied.measure[project.id]):
        group = list(equals)
        is_decided_by_tie = len(group) > 1 and walk.depends_on_order(group)
        for project in group:
            walk.consider(project)
        if is_decided_by_tie:
            ties.append(tuple(project.id for project in group))
    funded = tuple(step.project_id for step in walk.steps if step.is_funded)
    return Outcome(
        rule=rule,
        budget=election.budget,
        funded=funded,
        spent=walk.spent,
        ties=tuple(ties),
        steps=tuple(walk.steps),
        voters=len(election.ballots),
        served=count_served(election, frozenset(funded)),
    )


class _Walk:
    """Where the walk is: the money left, what is excluded, whether it has ended."""

    def __init__(self, money: Fraction, terms: Terms, tallied: Tally) -> None:
        self.money, self.terms, self.tallied = money, terms, tallied
        self.spent = Fraction(0)
        self.has_ended = False
        self.steps: list[Step] = []
        self.funded: list[Project] = []
        self.by_category: dict[str, Fraction] = {}

    def consider(self, project: Project) -> None:
        """Decide on one project."""
        rival = self._rival(project)
        reason = self._reason(project, rival)
        self.steps.append(
            Step(
                project_id=project.id,
                place=len(self.steps) + 1,
                votes=self.tallied.votes[project.id],
                score=self.tallied.score[project.id],
                reason=reason,
                money_left=self.money,
                beside=rival if reason is Reason.EXCLUDED else None,
            )
        )
        if reason in FUNDED:
            self._fund(project)
        if reason is Reason.FUNDED_FROM_RESERVE or (reason is Reason.TOO_EXPENSIVE and not self.terms.skips):
            self.has_ended = True

    def _reason(self, project: Project, rival: str | None) -> Reason:
        if project.cost == WITHDRAWN_COST:
            return Reason.WITHDRAWN
        if self.tallied.measure[project.id] < self.terms.threshold:
            return Reason.BELOW_THRESHOLD
        if self.has_ended:
            return Reason.AFTER_STOP
        if rival is not None:
            return Reason.EXCLUDED
        if self._is_category_full(project):
            return Reason.CATEGORY_FULL
        return self._affordability(project)

    def _affordability(self, project: Project) -> Reason:
        if project.cost <= self.money:
            return Reason.FUNDED
        reserve_from = self.terms.reserve_from
        if reserve_from is not None and self.money >= project.cost * reserve_from:
            return Reason.FUNDED_FROM_RESERVE
        return Reason.TOO_EXPENSIVE

    def _rival(self, project: Project) -> str | None:
        if not self.terms.has_exclusions:
            return None
        rivals = (
            other for other in self.funded if other.id in project.excludes or project.id in other.excludes
        )
        return next((other.id for other in rivals), None)

    def _is_category_full(self, project: Project) -> bool:
        limit = self.terms.category_limits.get(project.category)
        return (
            limit is not None and self.by_category.get(project.category, Fraction(0)) + project.cost > limit
        )

    def _fund(self, project: Project) -> None:
        self.funded.append(project)
        self.spent += project.cost
        self.money = max(self.money - project.cost, Fraction(0))
        self.by_category[project.category] = (
            self.by_category.get(project.category, Fraction(0)) + project.cost
        )

    def depends_on_order(self, equals: list[Project]) -> bool:
        """Whether another order of these equals could fund others:

        not when all fit together or none is possible.
        """
        open_ones = [
            project
            for project in equals
            if self._reason(project, self._rival(project)) in (*FUNDED, Reason.TOO_EXPENSIVE)
        ]
        possible = [project for project in open_ones if self._affordability(project) in FUNDED]
        rivals = (
            {name for project in possible for name in project.excludes}
            if self.terms.has_exclusions
            else set()
        )
        matters = possible if self.terms.skips else open_ones
        fits_together = sum((project.cost for project in matters), Fraction(0)) <= self.money
        is_limited = any(project.category in self.terms.category_limits for project in possible)
        is_contested = bool(rivals & {project.id for project in possible}) or is_limited or not fits_together
        return bool(possible) and len(matters) > 1 and is_contested
