"""Run by a Python that has pabutools: counts an approval .pb file and prints the funded ids of each rule as JSON.

python pabutools_says.py FILE RULE...
"""

import json
import sys
import time

from pabutools.election import Cost_Sat, parse_pabulib
from pabutools.rules import greedy_utilitarian_welfare, method_of_equal_shares
from pabutools.tiebreaking import TieBreakingRule


def main(path: str, asked: list[str]) -> None:
    """Print {rule: [funded ids, seconds]}."""
    instance, profile = parse_pabulib(path)
    place = {project.name: int(instance.project_meta[project]["place"]) for project in instance}
    votes = {project: profile.approval_score(project) for project in instance}
    by_list = TieBreakingRule(lambda _instance, _profile, project: place[project.name])
    by_cost = TieBreakingRule(
        lambda _instance, _profile, project: (project.cost, -votes[project], place[project.name])
    )
    rules = {
        "greedy": lambda: greedy_utilitarian_welfare(
            instance, profile, sat_class=Cost_Sat, tie_breaking=by_list
        ),
        "equalshares": lambda: method_of_equal_shares(
            instance, profile, sat_class=Cost_Sat, tie_breaking=by_cost
        ),
        "equalshares/add1": lambda: method_of_equal_shares(
            instance, profile, sat_class=Cost_Sat, tie_breaking=by_cost, voter_budget_increment=1
        ),
    }
    said = {}
    for rule in asked:
        began = time.perf_counter()
        said[rule] = [sorted(str(project) for project in rules[rule]()), time.perf_counter() - began]
    print(json.dumps(said))


main(sys.argv[1], sys.argv[2:])
