"""Rules, reasons and limits in plain words, in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from flask_babel import gettext, ngettext

from app.budgets.queries import Poll
from app.budgets.rules import BallotKind
from app.census import queries as census
from app.core.formats import format_day, format_money
from app.processes.rules import Who
from app.segments import eligibility
from app.segments.rules import FLOOR


def how_to_choose(poll: Poll) -> str:
    """What a voter can do on the ballot, in one sentence."""
    limits = poll.limits
    if limits.kind is BallotKind.ONE:
        return gettext("Choose one project.")
    if limits.kind is BallotKind.KNAPSACK:
        money = format_money(limits.most_cost_cents or 0, poll.process.currency)
        return gettext(
            "Choose as many projects as you like, as long as they cost no more than %(money)s together.",
            money=money,
        )
    if limits.kind is BallotKind.POINTS:
        return gettext(
            "Give points to projects: %(sum)s in all, and %(each)s to one project at most.",
            sum=limits.most_sum,
            each=limits.most_each,
        )
    if limits.kind is BallotKind.RANK:
        return ngettext(
            "Put %(num)s project in first place.",
            "Put up to %(num)s projects in order: 1 is the best.",
            limits.most,
        )
    return ngettext("Choose %(num)s project.", "Choose up to %(num)s projects.", limits.most)


def how_it_counts(rule: str, meta: Mapping[str, str]) -> str:
    """How the ballots become a decision, in a few sentences."""
    greedy = gettext(
        "The projects are taken in the order of their votes, the most wanted first. Each is funded if the money left is enough."
    )
    skip = gettext("A project that costs too much is passed over, and the next one is looked at.")
    stop = gettext("The first project that costs too much ends the count.")
    threshold = gettext(
        "A project needs at least %(votes)s votes.", votes=meta.get("min_project_score_threshold", "0")
    )
    shares = gettext(
        "Each voter gets an equal share of the money. A project is funded when those who chose it can pay for it together, "
        "each as little as possible. So every group of voters decides on its part of the money."
    )
    sentences = {
        "greedy": [greedy, skip],
        "greedy-no-skip": [greedy, stop],
        "greedy-threshold": [greedy, skip, threshold],
        "greedy-exclusive": [
            greedy,
            skip,
            gettext("Of projects that exclude each other, only the most wanted can be funded."),
        ],
        "greedy-reserve": [
            greedy,
            gettext(
                "The first project that costs too much is completed from a reserve if 80 % of its cost is left. "
                "Then the count ends."
            ),
        ],
    }
    if rule.startswith("equalshares"):
        added = [
            gettext("If money is left, all shares grow in small steps for as long as the total is enough.")
        ]
        return " ".join([shares, *(added if "add1" in rule else [])])
    return " ".join(sentences.get(rule, [gettext("The council has not set the counting rule yet.")]))


def rule_name(rule: str) -> str:
    """A rule in a few words."""
    names = {
        "greedy": gettext("Most votes first"),
        "greedy-no-skip": gettext("Most votes first, ends at the first that is too expensive"),
        "greedy-threshold": gettext("Most votes first, with a minimum of votes"),
        "greedy-exclusive": gettext("Most votes first, with projects that exclude each other"),
        "greedy-reserve": gettext("Most votes first, with a reserve"),
        "equalshares": gettext("Equal shares"),
        "equalshares/add1": gettext("Equal shares, with growing shares"),
        "equalshares-comparison": gettext("Equal shares, unless most prefer the other result"),
        "equalshares/add1-comparison": gettext(
            "Equal shares with growing shares, unless most prefer the other result"
        ),
    }
    return names.get(rule, rule)


def reason(code: str) -> str:
    """Why a project was funded or not."""
    return {
        "funded": gettext("Funded"),
        "funded_from_reserve": gettext("Funded, with the reserve"),
        "too_expensive": gettext("Costs more than was left"),
        "after_stop": gettext("The count had ended"),
        "below_threshold": gettext("Too few votes"),
        "excluded": gettext("A project was funded that excludes it"),
        "category_full": gettext("The money for its theme was used up"),
        "withdrawn": gettext("Withdrawn"),
        "no_votes": gettext("No votes"),
        "supporters_cannot_pay": gettext("Its voters' shares were not enough"),
    }.get(code, code)


def days(counts: Sequence[tuple[date, int]]) -> list[tuple[str, int]]:
    """Votes by day for a picture; days with fewer than ten voters are added up in one row, left out if that is below ten too."""
    shown = [(format_day(day, with_year=False), number) for day, number in counts if number >= FLOOR]
    rest = sum(number for _, number in counts if number < FLOOR)
    return [*shown, (gettext("Other days"), rest)] if rest >= FLOOR else shown


def who_may_vote(who: Who) -> str:
    """Who may take part, in words."""
    if who.segment:
        said = gettext(
            "Whoever has confirmed an e-mail address and, on the day of voting: %(rule)s.",
            rule=eligibility.say(who.segment),
        )
    elif not who.on_list:
        said = gettext("Whoever has confirmed an e-mail address on this site.")
    elif not who.least_age:
        said = gettext("Whoever is on the council's list on the day of voting.")
    else:
        said = gettext(
            "Whoever is on the council's list on the day of voting and %(age)s or older.", age=who.least_age
        )
    names = census.list_names() if who.list_id else {}
    if len(names) < 2:
        return said
    return said + " " + gettext("Which list: “%(name)s”.", name=names.get(who.list_id, "–"))
