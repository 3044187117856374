"""The person's page "what can I do now", and the same in short for the first page of the site."""

from __future__ import annotations

from flask import Blueprint, g, render_template, url_for
from flask_babel import gettext

from app.core import headers
from app.core.formats import format_day, format_when
from app.core.policy import Role, allow
from app.mine import queries
from app.mine.queries import Mine
from app.mine.rules import Line, State
from app.segments import eligibility

AT_ITS_PAGE = (State.OPEN, State.TOO_YOUNG, State.NOT_IN_SEGMENT, State.COMING)
"""What the process's own page explains best."""

blueprint = Blueprint("mine", __name__, template_folder="templates")
blueprint.after_request(headers.keep_private)


@blueprint.get("/account/now")
@allow(Role.RESIDENT)
def show() -> str:
    """What can I do now, until when, what waits, and what became of what I did."""
    return render_template("mine/now.html", mine=queries.read(g.me.id))


@blueprint.app_template_global("read_mine")
def read_mine() -> Mine | None:
    """The same for another page; None before sign-in."""
    return queries.read(g.me.id) if g.get("me") is not None else None


@blueprint.app_template_global("mine_url")
def mine_url(line: Line) -> str:
    """Where a line leads: to the next thing to do."""
    slug = line.process.slug
    if line.state in (State.NOT_ON_LIST, State.ON_ANOTHER_LIST, State.CHECK_WAITING):
        return url_for("verification.show", list=line.process.who_may_vote.list_id or None)
    if line.process.kind != "budget" or line.state in AT_ITS_PAGE:
        return url_for(f"{line.process.kind}s.start", slug=slug)
    names = {State.BEGUN: "voting.ballot", State.RESULTS: "budgets.result"}
    return url_for(names.get(line.state, "voting.confirmation"), slug=slug)


@blueprint.app_template_global("mine_status")
def mine_status(line: Line) -> tuple[str, str]:
    """How a line stands in a word or two, with the tone of its tag."""
    return {
        State.BEGUN: (gettext("Begun, not counted"), "wrong"),
        State.OPEN: (gettext("Open for you"), "open"),
        State.NOT_ON_LIST: (gettext("Check first"), "soon"),
        State.ON_ANOTHER_LIST: (gettext("Check first"), "soon"),
        State.CHECK_WAITING: (gettext("Your check is waiting"), "soon"),
        State.TOO_YOUNG: (gettext("Not at your age"), "quiet"),
        State.NOT_IN_SEGMENT: (gettext("Not for you"), "quiet"),
        State.VOTED: (gettext("You have voted"), "done"),
        State.COUNTING: (gettext("Counting"), "soon"),
        State.RESULTS: (gettext("Results"), "done"),
        State.COMING: (gettext("Coming"), "soon"),
    }[line.state]


@blueprint.app_template_global("mine_hint")
def mine_hint(line: Line) -> str:
    """What to do and until when, or what happens next, in a sentence."""
    who = line.process.who_may_vote
    ends, begins = format_when(line.balloting.ends_at), format_when(line.balloting.starts_at)
    day = format_day(line.voted_on) if line.voted_on else ""
    rule = eligibility.say(who.segment) if who.segment and line.state is State.NOT_IN_SEGMENT else ""
    return {
        State.BEGUN: gettext(
            "You have begun a ballot. It counts only when you confirm it, until %(when)s.", when=ends
        ),
        State.OPEN: gettext("You can vote until %(when)s.", when=ends),
        State.NOT_ON_LIST: gettext(
            "Only those on the council's list can vote. Check whether you are on it; voting ends on %(when)s.",
            when=ends,
        ),
        State.ON_ANOTHER_LIST: gettext(
            "Another of the council's lists decides here than the one on which the site knows you. Check whether you are on it; "
            "voting ends on %(when)s.",
            when=ends,
        ),
        State.CHECK_WAITING: gettext(
            "The register has not answered yet whether you are on the list. We ask it again and again, and write to you; "
            "voting ends on %(when)s.",
            when=ends,
        ),
        State.TOO_YOUNG: gettext("Open to those aged %(age)s or older.", age=who.least_age),
        State.NOT_IN_SEGMENT: gettext("This vote is only for some people: %(rule)s.", rule=rule),
        State.VOTED: gettext(
            "You voted on %(day)s. Voting ends on %(when)s; then the ballots are counted.", day=day, when=ends
        ),
        State.COUNTING: gettext("You voted on %(day)s. Voting has ended. The results come soon.", day=day),
        State.RESULTS: gettext("You voted on %(day)s. See what was decided, and why.", day=day),
        State.COMING: gettext("Voting begins on %(when)s.", when=begins),
    }[line.state]
