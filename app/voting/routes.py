"""Pages for voters: choose, check, confirm, and the confirmation that comes back as often as it is asked for."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.ballots import browser
from app.ballots import service as ballots
from app.ballots.errors import BallotRefused, VotingClosed, VotingNotOpen
from app.budgets import queries, rules, service, wording
from app.budgets.errors import BallotFault, NotEntitled
from app.budgets.listing import Listing
from app.budgets.queries import Poll
from app.budgets.rules import Choices
from app.core.db import db
from app.core.errors import NotFound
from app.core.policy import Role, allow
from app.processes import queries as processes
from app.processes.models import Process
from app.processes.rules import Stage
from app.voting import forms

blueprint = Blueprint("voting", __name__, template_folder="templates")


@blueprint.get("/budgets/<slug>/ballot")
@allow(Role.RESIDENT)
def ballot(slug: str) -> str | Response | tuple[str, int]:
    """The page to choose on; it saves itself."""
    poll = queries.get_poll(slug)
    choices = service.find_choices(poll, g.me.id, browser.find_key())
    if choices is None:
        return redirect(url_for("voting.confirmation", slug=slug), 303)
    _check_open(poll)
    try:
        service.check_entitled(poll.process, g.me.id)
    except NotEntitled as refusal:
        if refusal.code != "check-waiting":  # the register may answer while the person chooses
            return _refused(poll.process, refusal)
    browser.ensure_key()
    return _ballot_page(poll, choices)


@blueprint.post("/budgets/<slug>/ballot")
@allow(Role.RESIDENT)
def choose(slug: str) -> Response | tuple[str, int]:
    """Keep what was chosen and go on to check it."""
    poll = queries.get_poll(slug)
    choices = Choices()
    try:
        choices = forms.read_choices(request.form, poll.limits.kind)
        service.keep_choices(poll, g.me.id, choices, browser.ensure_key())
        db.session.commit()
        rules.check(choices, poll.limits, poll.candidates)
    except BallotFault as fault:
        db.session.rollback()
        poll = queries.get_poll(slug)
        return _ballot_page(poll, choices, fault), fault.status
    return redirect(url_for("voting.check", slug=slug), 303)


@blueprint.post("/budgets/<slug>/ballot/draft")
@allow(Role.RESIDENT)
def save(slug: str) -> tuple[str, int] | tuple[dict[str, str], int]:
    """Keep a ballot begun, for the page's script; answers 204, or 422 with the reason."""
    poll = queries.get_poll(slug)
    try:
        service.keep_choices(
            poll, g.me.id, forms.read_choices(request.form, poll.limits.kind), browser.ensure_key()
        )
    except BallotFault as fault:
        db.session.rollback()
        return {"code": fault.code, "message": fault.message()}, fault.status
    db.session.commit()
    return "", 204


@blueprint.get("/budgets/<slug>/ballot/check")
@allow(Role.RESIDENT)
def check(slug: str) -> str | Response:
    """Check your choices; nothing is counted yet."""
    poll = queries.get_poll(slug)
    choices = service.find_choices(poll, g.me.id, browser.find_key())
    if choices is None:
        return redirect(url_for("voting.confirmation", slug=slug), 303)
    _check_open(poll)
    try:
        rules.check(choices, poll.limits, poll.candidates)
    except BallotFault:
        return redirect(url_for("voting.ballot", slug=slug), 303)
    used = rules.used(choices, poll.limits.kind, poll.candidates)
    return render_template("voting/check.html", poll=poll, choices=choices, used=used)


@blueprint.post("/budgets/<slug>/ballot/confirm")
@allow(Role.RESIDENT)
def confirm(slug: str) -> Response | tuple[str, int]:
    """Cast the ballot that the page showed. Sent twice, it leads to the same confirmation."""
    try:
        service.cast(slug, g.me.id, partial(forms.read_choices, request.form), browser.ensure_key())
        db.session.commit()
    except BallotRefused as refusal:
        db.session.rollback()
        return _refused(processes.get_published(slug), refusal)
    return redirect(url_for("voting.confirmation", slug=slug), 303)


@blueprint.get("/budgets/<slug>/confirmation")
@allow(Role.RESIDENT)
def confirmation(slug: str) -> str | Response:
    """The vote is recorded: the reference, the receipt in the browser that voted, what happens next."""
    process = processes.get_published(slug)
    made = ballots.find_confirmation(process.id, g.me.id, browser.find_key())
    if made is None:
        return redirect(url_for("budgets.start", slug=slug), 303)
    return render_template("voting/confirmation.html", process=process, made=made)


def _refused(process: Process, refusal: BallotRefused) -> tuple[str, int]:
    return render_template("voting/refused.html", process=process, refusal=refusal), refusal.status


def _check_open(poll: Poll) -> None:
    if not processes.takes_ballots(poll.process):
        stage = processes.stage_of(poll.process)
        raise VotingNotOpen if stage in (Stage.COMING, Stage.DRAFT) else VotingClosed


def _ballot_page(poll: Poll, choices: Choices, fault: BallotFault | None = None) -> str:
    if not poll.candidates:
        raise NotFound
    listing = Listing.of(poll, request.args, eligible_only=True)
    return render_template(
        "voting/ballot.html",
        poll=poll,
        choices=choices,
        listing=listing,
        unseen=[one for one in choices.projects if one not in listing.ids],
        used=rules.used(choices, poll.limits.kind, poll.candidates),
        fault=fault.message() if fault else None,
        how_to_choose=wording.how_to_choose(poll),
        how_it_counts=wording.how_it_counts(poll.budget.rule, poll.budget.meta),
    )
