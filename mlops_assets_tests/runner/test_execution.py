"""The executor on a toy lifecycle: what a command makes, in which rounds, and how it ends."""

import sqlite3

import dagster as dg
import pytest
import sqlalchemy.exc

from mlops_assets.defs.failures import readable
from mlops_assets.errors import IntegrityError
from mlops_assets.runner.execution import Progress
from mlops_assets_tests.graph.toy import world

pytestmark = [
    pytest.mark.filterwarnings("ignore::dagster.PreviewWarning"),
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
]


def test_a_second_command_makes_nothing() -> None:
    with world(lived=False) as of:
        first, second = of.command(), of.command()

    assert (first.made, first.failures, first.blocked) == (7, (), ())
    assert (second.made, second.checked, second.runs) == (0, 0, ())


def test_what_is_asked_for_is_made_once_and_what_comes_out_the_same_stops_there() -> None:
    with world() as of:
        outcome = of.command(again=[("valid", None)])

    assert of.made == ["valid", "valid:schema"]
    assert (outcome.made, len(outcome.runs)) == (1, 1)


def test_one_batch_or_all_of_them_are_made_again() -> None:
    with world() as of:
        of.inbox["june"] = "batch 2"
        of.settle()
        of.made.clear()
        of.command(again=[("scored", "june")])
        assert of.made == ["scored [june]"]
        of.made.clear()
        of.command(again=[("scored", None)])
        assert sorted(of.made) == ["scored [june]", "scored [may]"]


def test_a_failure_is_told_once_and_what_does_not_stand_on_it_is_made() -> None:
    with world() as of:
        of.failing.add("model")
        of.code.update(model="2", valid="2")
        of.inbox["june"] = "batch 2"
        outcome = of.command()

    assert [failure.split(":")[0] for failure in outcome.failures] == ["toy/model"]
    assert of.made.count("model") == 1
    assert "scored [june]" in of.made


def test_batches_come_after_everything_else_with_what_is_put_between() -> None:
    with world(batch=False) as of:
        of.file = "rows 2"

        def arrives() -> None:
            of.made.append("arrives")
            of.inbox["june"] = "batch 2"

        from mlops_assets.runner.execution import Executor

        Executor(of.definitions(), of.planner(), lambda line: None).run(arrives)

    assert of.made.index("deployment") < of.made.index("arrives") < of.made.index("scored [june]")


def test_only_the_named_assets_are_made() -> None:
    with world(lived=False) as of:
        from mlops_assets.runner.execution import Executor

        Executor(of.definitions(), of.planner(), lambda line: None, names=frozenset({"raw", "valid"})).run()

    assert of.made == ["raw", "valid", "valid:schema"]


def test_a_file_that_is_damaged_again_each_time_ends_the_command_with_a_failure() -> None:
    with world() as of:
        of.damages.add("model")
        of.code["decision"] = "2"
        outcome = of.command()

    assert of.made.count("model") == 1
    assert [failure.split(":")[0] for failure in outcome.failures] == ["toy/decision"]


def test_a_file_that_a_step_finds_damaged_is_made_again_and_the_step_after_it() -> None:
    with world() as of:
        of.damages_once.add("model")
        of.code["decision"] = "2"
        outcome = of.command()

    assert outcome.failures == ()
    assert [name for name in of.made if ":" not in name] == ["decision", "model", "decision"]


@pytest.mark.parametrize(
    ("error", "is_damage"),
    [
        (IntegrityError("a stored file is not the one that was made"), True),
        (sqlalchemy.exc.IntegrityError("INSERT", None, ValueError("UNIQUE constraint failed")), False),
        (sqlite3.IntegrityError("UNIQUE constraint failed"), False),
    ],
)
def test_only_a_damaged_file_is_told_as_one_and_no_error_of_a_database_by_the_same_name(error, is_damage) -> None:
    @readable
    def fails() -> int:
        raise error

    lines: list[str] = []
    progress = Progress(lines.append, total=1)
    job = dg.Definitions(assets=[dg.asset(fails)]).resolve_implicit_global_asset_job_def()
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_event_listener("0" * 32, progress)
        job.execute_in_process(instance=instance, run_id="0" * 32, raise_on_error=False)

    assert (len(progress.damaged), len(progress.failures)) == ((1, 0) if is_damage else (0, 1))
    assert lines[-1].split()[0] == ("DAMAGED" if is_damage else "FAILED")
