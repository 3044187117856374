"""The rules once more, slow and obvious:

every purse a Fraction, every step a loop over all. The tests compare with it.
"""

from fractions import Fraction

from app.counting.election import Election

Purses = dict[str, Fraction]


def greedy(election: Election, measure: dict[str, int], *, skips: bool, threshold: int = 0) -> list[str]:
    """Fund from the most supported down; equals in the order of the list."""
    left, funded = election.budget, []
    for project in sorted(election.projects, key=lambda project: -measure[project.id]):
        if measure[project.id] < threshold:
            continue
        if project.cost <= left:
            funded.append(project.id)
            left -= project.cost
        elif not skips:
            break
    return funded


def payment_for(cost: Fraction, purses: list[Fraction]) -> Fraction | None:
    """The p for which the supporters, each giving p or all they have, reach the cost exactly."""
    if sum(purses) < cost:
        return None
    owed, payers = cost, len(purses)
    for purse in sorted(purses):
        if purse * payers >= owed:
            return owed / payers
        owed, payers = owed - purse, payers - 1
    raise AssertionError("the purses reach the cost")


def equal_shares(election: Election, share: Fraction) -> list[str]:
    """One run: again and again the project that costs its supporters least per unit of cost."""
    purses: Purses = {ballot.voter_id: share for ballot in election.ballots}
    supporters = {
        project.id: [ballot.voter_id for ballot in election.ballots if project.id in ballot.choices]
        for project in election.projects
    }
    funded = [project.id for project in election.projects if project.cost == 0 and supporters[project.id]]
    while True:
        offers = []
        for place, project in enumerate(election.projects):
            if project.id in funded or not supporters[project.id]:
                continue
            payment = payment_for(project.cost, [purses[voter] for voter in supporters[project.id]])
            if payment is not None:
                rank = (payment / project.cost, project.cost, -len(supporters[project.id]), place)
                offers.append((rank, project.id, payment))
        if not offers:
            return funded
        _, chosen, payment = min(offers)
        funded.append(chosen)
        for voter in supporters[chosen]:
            purses[voter] -= min(purses[voter], payment)


def equal_shares_add1(election: Election) -> list[str]:
    """Raise the share by one until the budget is exceeded or nothing more that has a supporter fits."""
    voters = len(election.ballots)
    costs = {project.id: project.cost for project in election.projects}
    supported = {name for ballot in election.ballots for name in ballot.choices}
    funded = equal_shares(election, election.budget / voters)
    share = election.budget // voters
    while True:
        spent = sum(costs[name] for name in funded)
        if all(name in funded or spent + costs[name] > election.budget for name in supported):
            return funded
        share += 1
        raised = equal_shares(election, Fraction(share))
        if sum(costs[name] for name in raised) > election.budget:
            return funded
        funded = raised
