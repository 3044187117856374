"""The features of the site: their pages, their jobs for the worker, their commands."""

from __future__ import annotations

import click
from flask import Blueprint, Flask

from app import facts
from app.about import routes as about
from app.association_register import office as association_office
from app.associations import jobs as association_jobs
from app.associations import own as own_associations
from app.associations import routes as associations
from app.automatic_letters import office as automatic_letters
from app.ballots import jobs as ballots_jobs
from app.ballots import routes as ballots
from app.bounces import commands as bounce_commands
from app.bounces import jobs as bounce_jobs
from app.budget_office import commands as budgets_commands
from app.budget_office import office as budget_office
from app.budgets import jobs as budgets_jobs
from app.budgets import routes as budgets
from app.census import commands as census_commands
from app.census import jobs as census_jobs
from app.census import office as census_office
from app.census import renewal as census_renewal
from app.census_imports import commands as census_import_commands
from app.census_imports import jobs as census_import_jobs
from app.census_imports import office as census_imports
from app.contacts import office as contacts
from app.contacts import suppressions
from app.core import commands as core_commands
from app.core import jobs as core_jobs
from app.core.worker import Job
from app.districts import office as districts
from app.mail import commands as mail_commands
from app.mail import jobs as mail_jobs
from app.mail import mailbox
from app.mail_choices import routes as mail_choices
from app.mailings import jobs as mailings_jobs
from app.mailings import office as mailings
from app.mailings import steering as mailing_sending
from app.mine import routes as mine
from app.paper_codes import jobs as paper_code_jobs
from app.paper_codes import office as paper_codes_office
from app.paper_codes import routes as paper_codes
from app.paper_letters import office as paper_letters
from app.people import jobs as people_jobs
from app.privacy import account as privacy
from app.privacy import jobs as privacy_jobs
from app.privacy import letters, notes, pairs, reach
from app.privacy import office as privacy_office
from app.processes import routes as processes
from app.representation import office as representation
from app.sample import commands as sample_commands
from app.segment_builder import office as segments
from app.segments import commands as segment_commands
from app.sending import jobs as sending_jobs
from app.sign_in import account, second_factor, sessions
from app.sign_in import commands as sign_in_commands
from app.sign_in import jobs as sign_in_jobs
from app.sign_in import office as staff
from app.sign_in import routes as sign_in
from app.sms import jobs as sms_jobs
from app.sms import office as sms
from app.system import office as system
from app.verification import jobs as verification_jobs
from app.verification import office as verification_office
from app.verification import routes as verification
from app.voting import routes as voting
from app.watching import office as watching_office
from app.watching import routes as watching

BLUEPRINTS: tuple[Blueprint, ...] = (
    processes.blueprint,
    mine.blueprint,
    letters.blueprint,
    mailings.blueprint,
    mailing_sending.blueprint,
    automatic_letters.blueprint,
    mail_choices.blueprint,
    watching.blueprint,
    watching_office.blueprint,
    privacy.blueprint,
    privacy_office.blueprint,
    pairs.blueprint,
    notes.blueprint,
    reach.blueprint,
    budgets.blueprint,
    voting.blueprint,
    budget_office.blueprint,
    paper_codes.blueprint,
    paper_codes_office.blueprint,
    paper_letters.blueprint,
    verification.blueprint,
    verification_office.blueprint,
    census_imports.blueprint,
    census_office.blueprint,
    districts.blueprint,
    ballots.blueprint,
    associations.blueprint,
    own_associations.blueprint,
    association_office.blueprint,
    segments.blueprint,
    contacts.blueprint,
    suppressions.blueprint,
    sms.blueprint,
    representation.blueprint,
    staff.blueprint,
    system.blueprint,
    account.blueprint,
    second_factor.blueprint,
    sign_in.blueprint,
    about.blueprint,
)
COMMANDS: tuple[click.Command, ...] = (
    facts.facts,
    sign_in_commands.admin_add,
    sign_in_commands.trial_link,
    sample_commands.sample_town,
    sample_commands.verify,
    budgets_commands.import_pb,
    census_commands.census_add,
    census_import_commands.census_apply,
    census_import_commands.census_discard,
    census_commands.census_lists,
    census_commands.census_peppers,
    census_import_commands.census_prepare,
    census_commands.census_renew,
    census_import_commands.census_undo,
    segment_commands.segment_count,
    segment_commands.segment_list,
    mail_commands.mail,
    bounce_commands.take_bounce,
    bounce_commands.trip,
    core_commands.worker,
)
JOBS: tuple[Job, ...] = (
    *core_jobs.JOBS,
    *mail_jobs.JOBS,
    *bounce_jobs.JOBS,
    *sign_in_jobs.JOBS,
    *people_jobs.JOBS,
    *privacy_jobs.JOBS,
    *census_import_jobs.JOBS,
    *census_jobs.JOBS,
    *verification_jobs.JOBS,
    *association_jobs.JOBS,
    *paper_code_jobs.JOBS,
    *ballots_jobs.JOBS,
    *budgets_jobs.JOBS,
    *mailings_jobs.JOBS,
    *sending_jobs.JOBS,
    *sms_jobs.JOBS,
)


def before_policy(app: Flask) -> None:
    """What must have happened to a request before anyone asks who may call: the person of the session is known."""
    sessions.init_app(app)


def init_app(app: Flask) -> None:
    """Serve every feature's pages under the language of the page; hand the worker its jobs."""
    app.extensions["civic.jobs"] = JOBS
    app.extensions["civic.hindrances"] = (census_renewal.find_hindrance,)
    mailbox.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint, url_prefix="/<language:lang>")
