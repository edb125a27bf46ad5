"""Every fault that somebody can mend ends a step in one sentence, and no secret reaches the event log."""

from __future__ import annotations

import errno
from uuid import uuid4

import dagster as dg
import pytest

from mlops_assets import redaction
from mlops_assets.defs import arrivals
from mlops_assets.defs.failures import readable
from mlops_assets.defs.resources import Workspace
from mlops_assets.errors import DataError
from mlops_assets.runner.execution import Progress
from mlops_assets.use_case.environment import Daemon
from mlops_assets.use_case.loader import load_use_case
from mlops_assets_tests.conftest import REPOSITORY


def no_driver() -> None:
    raise RuntimeError("dialect") from ModuleNotFoundError("No module named 'psycopg2'", name="psycopg2")


def full_disk() -> None:
    raise OSError(errno.ENOSPC, "No space left on device", "/data/x.parquet")


def bad_data() -> None:
    raise DataError("no rows", where="x.csv", fix="bring some")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (no_driver, "the package 'psycopg2' is not installed; fix: install"),
        (full_disk, "/data/x.parquet: the disk is full; got No space left on device; fix: free disk space"),
        (bad_data, "x.csv: no rows; fix: bring some"),
    ],
)
def test_a_known_fault_is_a_failure_of_one_sentence(fault, said: str) -> None:
    with pytest.raises(dg.Failure) as caught:
        readable(fault)()

    assert str(caught.value.description).startswith(said)
    assert "\n" not in str(caught.value.description)


def test_an_interruption_stays_one_so_that_the_run_stops() -> None:
    def stopped() -> None:
        raise KeyboardInterrupt

    with pytest.raises(dg.DagsterExecutionInterruptedError, match="interrupted; the next run"):
        readable(stopped)()


def test_a_fault_of_the_program_keeps_its_traceback_unless_it_shows_a_secret(monkeypatch) -> None:
    def broken() -> None:
        raise ZeroDivisionError("open sesame")

    with pytest.raises(ZeroDivisionError):
        readable(broken)()
    monkeypatch.setattr(redaction, "_hidden", {"open sesame": "${WORD}"})
    with pytest.raises(dg.Failure) as caught:
        readable(broken)()

    assert caught.value.description == "ZeroDivisionError: ${WORD}"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_step_of_several_assets_is_read_to_its_end() -> None:
    def several():
        yield 1
        raise DataError("no rows")

    with pytest.raises(dg.Failure, match="no rows"):
        list(readable(several)())


def test_a_run_that_fails_outside_of_every_step_is_a_failure_in_one_sentence() -> None:
    """Nothing was made and no step says why: that must not look like a run with nothing to do."""

    @dg.resource
    def broken(_context):
        raise RuntimeError("no such place, password=hunter22")

    @dg.asset(required_resource_keys={"broken"})
    def made() -> int:
        return 1

    lines: list[str] = []
    progress, run_id = Progress(lines.append, total=1), str(uuid4())
    job = dg.Definitions(assets=[made], resources={"broken": broken}).resolve_implicit_global_asset_job_def()
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_event_listener(run_id, progress)
        job.execute_in_process(instance=instance, run_id=run_id, raise_on_error=False)

    assert progress.failures == ["the run failed: RuntimeError: no such place, password=***"]
    assert lines == ["  FAILED   the run failed: RuntimeError: no such place, password=***"]


def test_a_sensor_fails_in_one_sentence_too_for_its_error_is_stored_with_the_tick(monkeypatch, tmp_path) -> None:
    case = load_use_case(REPOSITORY / "configs" / "credit_default.yaml")
    (tmp_path / "configs" / "environments").mkdir(parents=True)
    (tmp_path / "configs" / "environments" / "local.yaml").write_text("{}", encoding="utf-8")
    instance = dg.DagsterInstance.ephemeral()
    monkeypatch.setattr(arrivals, "list_batches", lambda *_: full_disk())
    context = dg.build_sensor_context(instance=instance)
    workspace = Workspace(root=str(tmp_path), environment_name="local")

    with pytest.raises(dg.Failure, match="the disk is full"):
        arrivals.arrival_sensor(case, Daemon())(context, workspace=workspace)
