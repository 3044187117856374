"""The options by which verbs mean a trial site."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from cli.app_commands import AppCommands
from cli.errors import WrongUse
from cli.site import HostSite
from cli.trial.folder import TrialFolder

Function = Callable[..., Any]


def trial_options(function: Function) -> Function:
    """Add --trial and --dir; the function gets `trial: TrialFolder | None`, None when a real site is meant.

    Raises: WrongUse for --dir without --trial.
    """

    @functools.wraps(function)
    def with_folder(*words: Any, is_trial: bool, folder: Path | None, **given: Any) -> Any:
        if folder is not None and not is_trial:
            raise WrongUse("--dir belongs to --trial.", "Add --trial, or leave --dir out.")
        return function(*words, trial=TrialFolder(folder) if is_trial else None, **given)

    dir_option = click.option(
        "--dir", "folder", type=click.Path(path_type=Path), help="With --trial: the folder of its data."
    )
    return click.option("--trial", "is_trial", is_flag=True, help="The trial site of this user.")(
        dir_option(with_folder)
    )


def app_of(trial: TrialFolder | None) -> AppCommands:
    """The app of the site that is meant. Raises: WrongUse when there is none."""
    site = HostSite() if trial is None else trial
    site.require()
    return site.app_commands()


def require_trial(trial: TrialFolder | None, verb: str, otherwise: str) -> TrialFolder:
    """The trial site.

    Raises: WrongUse saying what does this for a real site.
    """
    if trial is None:
        raise WrongUse(
            f"civic {verb} is for trial sites.", f"For a trial site: civic {verb} --trial. {otherwise}"
        )
    return trial
