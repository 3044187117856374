"""The counting rules by name, and the one way to count: `count(election)`."""

from collections.abc import Callable, Mapping
from fractions import Fraction

from app.counting.election import Election
from app.counting.errors import UncountableBallots, UnknownRule
from app.counting.greedy import Terms, count_greedily
from app.counting.outcome import Outcome
from app.counting.ties import by_list_order

Precedence = Mapping[str, int]
RESERVE_FROM = Fraction(80, 100)
CUSTOM = "greedy-custom"


def count(
    election: Election,
    rule: str | None = None,
    *,
    precedence: Precedence | None = None,
    category_limits: Mapping[str, Fraction] | None = None,
) -> Outcome:
    """Count an election by a rule: the one named, or the one its META names.

    `precedence` settles ties (app.counting.ties; by default the order of the list). `category_limits` are
    the most that a greedy rule may spend by category.

    Raises: UnknownRule, naming the rules there are; UncountableBallots when the rule cannot be applied.
    """
    name = find_rule(election) if rule is None else check_rule(rule)
    return RULES[name](name, election, precedence or by_list_order(election.projects), category_limits or {})


def check_rule(rule: str) -> str:
    """Give the rule's name as it is written here. Raises: UnknownRule, naming the nearest."""
    name = rule.strip().lower()
    if name not in RULES:
        raise UnknownRule(name, RULES)
    return name


def find_rule(election: Election) -> str:
    """The rule that META names.

    `greedy-custom` stands for a city's own rule, explained in META's comment. The one that is known,
    Poznan's, is recognised by its "80%".

    Raises: UnknownRule when META names none, `unknown`, or a custom rule that is not known here.
    """
    name = election.rule
    if name == CUSTOM and "80%" in election.meta.get("comment", "").replace("80 %", "80%"):
        return "greedy-reserve"
    if name == CUSTOM:
        raise UnknownRule(
            name, RULES, "The file says 'greedy-custom', a rule of this city's own. Choose a rule."
        )
    if name in ("", "unknown"):
        raise UnknownRule(name, RULES, "The file does not say which rule was used. Choose a rule.")
    return check_rule(name)


def _greedy(
    name: str, election: Election, precedence: Precedence, category_limits: Mapping[str, Fraction]
) -> Outcome:
    has_threshold = name != "greedy"
    if name == "greedy-threshold" and not election.meta.get("min_project_score_threshold"):
        raise UncountableBallots(
            "A threshold rule needs META's min_project_score_threshold, and META has none."
        )
    terms = Terms(
        skips=name not in ("greedy-no-skip", "greedy-reserve"),
        threshold=election.threshold if has_threshold else Fraction(0),
        has_exclusions=name == "greedy-exclusive",
        reserve_from=RESERVE_FROM if name == "greedy-reserve" else None,
        category_limits=category_limits,
    )
    return count_greedily(name, election, terms, precedence)


def _equal_shares(
    name: str, election: Election, precedence: Precedence, category_limits: Mapping[str, Fraction]
) -> Outcome:
    if category_limits:
        raise UncountableBallots("Equal shares knows no limits by category.")
    from app.counting.comparison import is_outvoted
    from app.counting.equal_shares import count_by_equal_shares

    outcome = count_by_equal_shares(name, election, precedence)
    if name.endswith("-comparison"):
        rival = count_greedily(name, election, Terms(), precedence)
        return rival if is_outvoted(election, outcome, rival) else outcome
    return outcome


RULES: dict[str, Callable[[str, Election, Precedence, Mapping[str, Fraction]], Outcome]] = {
    "greedy": _greedy,
    "greedy-no-skip": _greedy,
    "greedy-threshold": _greedy,
    "greedy-exclusive": _greedy,
    "greedy-reserve": _greedy,
    "equalshares": _equal_shares,
    "equalshares/add1": _equal_shares,
    "equalshares-comparison": _equal_shares,
    "equalshares/add1-comparison": _equal_shares,
}
