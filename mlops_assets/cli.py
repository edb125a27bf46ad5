"""The command line: `mlops-assets check | run | plan | new | replay | rollback`. Thin: it parses, calls and prints."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlops_assets import settings
from mlops_assets.errors import ConfigError, MlopsAssetsError, known_fault
from mlops_assets.interrupts import watched
from mlops_assets.redaction import gives_away, redact

if TYPE_CHECKING:
    from mlops_assets.runner.session import Session
    from mlops_assets.use_case.loader import Project


def _echo(text: str, err: bool = False) -> None:
    """Print a text with commands that can be pasted into this shell."""
    click.echo(settings.pasteable(text), err=err)


def _readable(function: Callable[..., Any]) -> Callable[..., Any]:
    """Print a deliberate error as its own text, exit code 2 (bad input) or 1; never a traceback for what is known."""

    @wraps(function)
    def command(*args: Any, **kwargs: Any) -> Any:
        context = click.get_current_context()
        try:
            with watched() as context.obj:
                return function(*args, **kwargs)
        except ConfigError as error:
            for problem in error.problems:
                _echo(problem, err=True)
            sys.exit(2)
        except KeyboardInterrupt:
            click.echo("stopped; the next run continues from here", err=True)
            sys.exit(context.obj.exit_code)
        except Exception as error:
            fault = error if isinstance(error, MlopsAssetsError) else known_fault(error)
            if fault is not None:
                _echo(f"error: {fault}", err=True)
                sys.exit(1)
            if gives_away(error):
                sys.exit(redact("".join(traceback.format_exception(error))))
            raise

    return command


def _project() -> Project:
    from mlops_assets.use_case.loader import load_project

    return load_project(settings.project_root(), settings.environment_name())


def _session(use_case: str) -> AbstractContextManager[Session]:
    settings.quiet_libraries()
    settings.dagster_home()
    os.chdir(settings.project_root())
    from mlops_assets.runner.session import open_session

    return open_session(_project(), use_case, click.get_current_context().obj.came)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mlops_assets")
def main() -> None:
    """One YAML file in, a complete and governed machine-learning lifecycle in Dagster out."""


@main.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@_readable
def check(files: tuple[Path, ...]) -> None:
    """Check configuration files and report every mistake at once, with line and column.

    Without FILES: all use cases in configs/ and the environment that MLOPS_ASSETS_ENV selects.
    """
    from mlops_assets.use_case.loader import load_environment, load_use_case

    if not files:
        project = _project()
        names = ", ".join(project.use_cases) or "none"
        click.echo(f"ok: use cases {names}; environment {project.environment_name}")
        return
    problems: list[str] = []
    for file in files:
        try:
            if file.parent.name == "environments":
                load_environment(file, settings.variables())
            else:
                load_use_case(file)
            click.echo(f"ok: {file}")
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)


@main.command()
@click.argument("use_case")
@click.option("--stage", help="Only this stage, and the stale assets above it.")
@click.option(
    "--replay", type=click.IntRange(0), default=0, help="Batches to cut from the replay split, if the inbox is empty."
)
@click.option(
    "--again",
    multiple=True,
    metavar="ASSET",
    help="Materialize this asset although it is fresh; ASSET:BATCH for one batch. Can be repeated.",
)
@click.option("--strict", is_flag=True, help="Exit code 1 if a check failed or is uncertain, or an asset is held back.")
@click.option("--no-wait", is_flag=True, help="Do not wait if another run of the use case is active.")
@_readable
def run(use_case: str, *, stage: str | None, replay: int, again: tuple[str, ...], strict: bool, no_wait: bool) -> None:
    """Materialize what is stale in USE_CASE, skip what is fresh, and print a table of results.

    Exit code 0: every runnable asset was materialized; checks may still have failed. 1: a step failed; with --strict
    also: a check failed or is uncertain, or an asset is held back. 2: the configuration is wrong. 130 or 143: the run
    was stopped by Ctrl-C or SIGTERM.
    """
    from mlops_assets.runner.summary import print_shortcomings, print_summary

    with _session(use_case) as session:
        outcome = session.run(stage=stage, replay=replay, report=_echo, again=again, wait=not no_wait)
        print_summary(session, outcome)
        shortcomings = print_shortcomings(session, outcome) if strict else 0
        sys.exit(1 if outcome.failures or shortcomings else 0)


@main.command()
@click.argument("use_case")
@_readable
def plan(use_case: str) -> None:
    """List what is stale in USE_CASE and why, and what automation would request now. It changes nothing."""
    from mlops_assets.runner.summary import print_plan

    with _session(use_case) as session:
        print_plan(session)


@main.command()
@click.argument("name")
@click.option("--data", "data", required=True, type=click.Path(path_type=Path), help="A CSV, csv.gz or Parquet file.")
@click.option("--target", required=True, help="Column to predict.")
@_readable
def new(name: str, data: Path, target: str) -> None:
    """Profile a file and write configs/NAME.yaml: types, bounds, codes, likely identifiers, settings for its size."""
    from mlops_assets.drafting.draft import draft_use_case
    from mlops_assets.stores.tables import write_text
    from mlops_assets.use_case.loader import load_use_case

    root = settings.project_root()
    draft = draft_use_case(data, name, target, root=root)
    path = write_text(root / "configs" / f"{name}.yaml", draft.text, mode=0o644)
    load_use_case(path)
    for urgent in draft.urgent:
        click.echo(urgent)
    _echo(f"wrote {path}: read its comments, then\n  mlops-assets check\n  mlops-assets run {name} --replay 2")


@main.command()
@click.argument("use_case")
@click.option("--batches", type=click.IntRange(1), default=2, show_default=True, help="Number of batches.")
@click.option(
    "--shift",
    "shifts",
    multiple=True,
    metavar="COLUMN=CHANGE",
    help="A change to every batch: *1.5, +10, -3, set:VALUE or missing:0.3. Can be repeated.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the shuffle.")
@click.option("--run", "run_now", is_flag=True, help="Score and check them now instead of leaving them to the sensor.")
@_readable
def replay(use_case: str, batches: int, shifts: tuple[str, ...], seed: int, run_now: bool) -> None:
    """Cut the replay split of USE_CASE into batches in its inbox, with or without a declared shift."""
    from mlops_assets.runner.summary import print_summary

    with _session(use_case) as session:
        for line in session.replay(batches, shifts, seed, _echo):
            _echo(line)
        if not run_now:
            _echo(f"the daemon (make ui) processes them within half a minute; or: mlops-assets run {use_case}")
            return
        outcome = session.run(stage="monitoring", replay=0, report=_echo)
        print_summary(session, outcome)
        sys.exit(1 if outcome.failures else 0)


@main.command()
@click.argument("use_case")
@click.option("--to", "version", metavar="VERSION", help="A registered version, which may have been rolled back.")
@_readable
def rollback(use_case: str, version: str | None) -> None:
    """Make the previous champion of USE_CASE champion again. The one that it replaces becomes the previous champion."""
    with _session(use_case) as session:
        _echo(session.rollback(version, _echo))


if __name__ == "__main__":
    main()
