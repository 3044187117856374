"""What every voter has left under equal shares: fast in floating point, exact wherever that could matter.

All voters start with the same money. A voter who has not run out has the start minus the payment of every
funded project that the ballot names, so any sum of purses follows from counting members of the funded
projects. Payments are kept as integers over one common denominator, `unit`; nothing is ever rounded in
them. Purses are kept beside that as floats with a proven bound on their error, to find the candidates
quickly; whatever lies within the bound is decided on the integers (docs/adr/0008).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray

Voters = NDArray[np.int32]
EPSILON = 2.0**-50
"""Eight times the rounding of one operation: room for the few that each bound below stands for."""


class Support:
    """Who supports what: the sorted voters of each project, and the projects of each voter, as one flat array."""

    def __init__(self, ballots: Sequence[Sequence[int]], projects: int) -> None:
        self.voters, self.projects = len(ballots), projects
        self.lengths = np.fromiter((len(ballot) for ballot in ballots), dtype=np.int64, count=self.voters)
        self.starts = np.cumsum(self.lengths) - self.lengths
        size = int(self.lengths.sum())
        self.flat = np.fromiter((place for ballot in ballots for place in ballot), dtype=np.int32, count=size)
        voters = np.repeat(np.arange(self.voters, dtype=np.int32), self.lengths)
        order = np.argsort(self.flat, kind="stable")
        bounds = np.searchsorted(self.flat[order], np.arange(projects + 1))
        sorted_voters = voters[order]
        self.by_project = [sorted_voters[bounds[place] : bounds[place + 1]] for place in range(projects)]

    def count_supporters(self, voters: Voters) -> list[int]:
        """How many of these voters support each project."""
        lengths = self.lengths[voters]
        ends = np.cumsum(lengths)
        shift = np.repeat(self.starts[voters] - ends + lengths, lengths)
        counted = np.bincount(self.flat[shift + np.arange(int(ends[-1]))], minlength=self.projects)
        counts: list[int] = counted.tolist()
        return counts

    def is_supporter(self, place: int, voters: Voters) -> NDArray[np.bool_]:
        """Which of these voters support the project."""
        members = self.by_project[place]
        at = np.searchsorted(members, voters)
        at[at == len(members)] = 0
        found: NDArray[np.bool_] = members[at] == voters
        return found


@dataclass(frozen=True, slots=True)
class Estimate:
    """The payment a project would need from each supporter who can afford it, within `error`."""

    payment: float
    error: float


@dataclass(frozen=True, slots=True)
class Payment:
    """The exact payment:

    `amount` / (`payers` x unit). `spent` marks the supporters it leaves with nothing.
    """

    amount: int
    payers: int
    spent: NDArray[np.bool_]


class Purses:
    """The purses of all voters during one run of the rule."""

    def __init__(self, support: Support, start: int, unit: int) -> None:
        self.support, self.unit, self.start = support, unit, start
        self.payments: list[int] = []
        self.funded: list[int] = []
        self.start_float = start / unit
        self.left = np.full(support.voters, self.start_float)
        self.has_run_out = np.zeros(support.voters, dtype=np.bool_)

    @property
    def error(self) -> float:
        """How far any float purse may be from the exact one."""
        return (len(self.payments) + 2) * EPSILON * self.start_float

    def estimate(self, cost: int, supporters: Voters, at_least: float) -> Estimate | None:
        """The payment a project needs, or None when its supporters cannot pay it.

        `at_least`: a known lower bound.

        The payment p solves: the sum of min(purse, p) over the supporters equals the cost. Starting from
        below, each turn takes the purses under p as paid in full and shares the rest among the others.
        """
        left = self.left[supporters]
        total, count = float(left.sum()), len(supporters)
        slack = count * (self.error + 32 * EPSILON * self.start_float) + EPSILON * cost
        if total < cost - slack:
            return None
        if total <= cost + slack:
            return self._estimate_exactly(cost, supporters)
        payment, poor_count = max(at_least, cost / count), 0
        while True:
            poor = left < payment
            now_poor = int(np.count_nonzero(poor))
            if now_poor in (poor_count, count):
                break
            poor_count = now_poor
            payment = (cost - float(left[poor].sum())) / (count - poor_count)
        if now_poor == count:
            return self._estimate_exactly(cost, supporters)
        error = slack / (count - poor_count) + self.error + 4 * EPSILON * payment
        return Estimate(payment, error)

    def _estimate_exactly(self, cost: int, supporters: Voters) -> Estimate | None:
        found = self.pay_exactly(cost, supporters, Estimate(0.0, float("inf")))
        if found is None:
            return None
        payment = found.amount / (found.payers * self.unit)
        return Estimate(payment, 4 * EPSILON * payment + self.error)

    def pay_exactly(self, cost: int, supporters: Voters, near: Estimate) -> Payment | None:
        """The exact payment, given an estimate of it; None when the supporters' purses do not reach the cost."""
        left = self.left[supporters]
        band = near.error + self.error
        poor = left < near.payment - band
        close = ~poor & (left <= near.payment + band)
        owed = cost * self.unit - self.total(supporters[poor])
        payers = len(supporters) - int(np.count_nonzero(poor))
        groups = self._groups(supporters, close)
        spent = poor
        for purse, group in groups:
            if purse * payers > owed:
                break
            spent = spent.copy()
            spent[group] = True
            if purse * payers == owed:
                continue
            owed, payers = owed - purse * len(group), payers - len(group)
        return Payment(owed, payers, spent) if payers > 0 else None

    def _groups(self, supporters: Voters, close: NDArray[np.bool_]) -> list[tuple[int, NDArray[np.intp]]]:
        """Sort the supporters marked `close` into groups with the same exact purse, the smallest purse first."""
        places = np.flatnonzero(close)
        kinds: dict[int, list[NDArray[np.intp]]] = {}
        pending = [(self.start, len(self.funded), places[~self.has_run_out[supporters[places]]])]
        run_out = places[self.has_run_out[supporters[places]]]
        if len(run_out):
            kinds[0] = [run_out]
        while pending:
            purse, turn, group = pending.pop()
            if not len(group):
                continue
            if turn == 0:
                kinds.setdefault(purse, []).append(group)
                continue
            paid = self.support.is_supporter(self.funded[turn - 1], supporters[group])
            pending.append((purse, turn - 1, group[~paid]))
            pending.append((purse - self.payments[turn - 1], turn - 1, group[paid]))
        return [(purse, np.concatenate(kinds[purse])) for purse in sorted(kinds)]

    def total(self, voters: Voters) -> int:
        """The exact sum of these voters' purses, in 1/unit."""
        voters = voters[~self.has_run_out[voters]]
        if not len(voters):
            return 0
        counts = self.support.count_supporters(voters)
        paid = sum(
            payment * counts[place]
            for payment, place in zip(self.payments, self.funded, strict=True)
            if counts[place]
        )
        return len(voters) * self.start - paid

    def collect(self, place: int, payment: Payment) -> None:
        """Take the payment for a project from its supporters' purses."""
        supporters = self.support.by_project[place]
        common = gcd(payment.amount, payment.payers)
        factor = payment.payers // common
        self.unit *= factor
        self.start *= factor
        self.payments = [earlier * factor for earlier in self.payments]
        self.payments.append(payment.amount // common)
        self.funded.append(place)
        rich = supporters[~payment.spent]
        self.left[rich] = np.maximum(self.left[rich] - self.payments[-1] / self.unit, 0.0)
        poor = supporters[payment.spent]
        self.left[poor] = 0.0
        self.has_run_out[poor] = True
