"""Stored values: recorded when they are made, compared when they are read, and looked at by every plan."""

import os
import shutil
import threading
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import numpy as np
import pandas as pd
import pytest

from mlops_assets.defs import io, metadata
from mlops_assets.defs.io import StoreIOManager, load_stored
from mlops_assets.defs.resources import Workspace
from mlops_assets.errors import IntegrityError
from mlops_assets.graph.stored import faults, latest, stored_content
from mlops_assets.stores import content, tables
from mlops_assets.stores.content import Content, content_of, fault_of
from mlops_assets.stores.layout import Layout
from mlops_assets.stores.locks import holder_of, turn


@dataclass(frozen=True)
class Note:
    """A record."""

    words: str


FRAME = pd.DataFrame({"a": np.arange(300), "b": [f"text {i % 7}" for i in range(300)]})


def save(kind: type, path: Path) -> Content:
    """Write a table or a record and return what is recorded of it."""
    if kind is pd.DataFrame:
        tables.save_table(FRAME, path)
    else:
        tables.save_record(Note("one, two"), path)
    return content_of(path)


def flip(path: Path, position: int) -> None:
    """Flip one bit of a file and set its times back."""
    stat = path.stat()
    changed = bytearray(path.read_bytes())
    changed[position] ^= 1 << (position % 8)
    path.write_bytes(bytes(changed))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


@pytest.mark.parametrize(("kind", "name"), [(pd.DataFrame, "a.parquet"), (pd.DataFrame, "older"), (Note, "a.json")])
def test_no_flipped_bit_goes_unnoticed_wherever_it_is(kind: type, name: str, tmp_path: Path) -> None:
    """Also in a table of which only the hash of all bytes was recorded."""
    recorded = save(kind, tmp_path / name)
    whole = recorded.path.read_bytes()
    positions = range(0, len(whole), max(1, len(whole) // 400))
    noticed = []
    for position in positions:
        flip(recorded.path, position)
        with pytest.raises(IntegrityError, match="not the one that was made"):
            load_stored(recorded, kind, "credit")
        noticed.append(position)
        recorded.path.write_bytes(whole)

    assert len(noticed) == len(positions) >= 20
    assert load_stored(recorded, kind, "credit") is not None


def test_a_disk_that_flips_a_bit_changes_no_times_and_the_next_plan_sees_it_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = save(Note, tmp_path / "value")
    with monkeypatch.context() as patched:
        flip(recorded.path, 3)
        # What the file system says of the file is what it said before.
        patched.setattr(content, "glance", lambda path: recorded.glance)
        before = fault_of(recorded)
    with pytest.raises(IntegrityError, match=r"mlops-assets run credit, which makes it again"):
        load_stored(recorded, Note, "credit")

    assert before == ""
    assert recorded.path.stat().st_mtime_ns > int(recorded.glance.split(":")[1])
    assert fault_of(recorded) == "was changed"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (lambda path: path.unlink(), "is missing"),
        (lambda path: os.truncate(path, 20), "was changed"),
        (lambda path: os.truncate(path, 0), "was changed"),
        (lambda path: flip(path, 11), "was changed"),
        (lambda path: path.write_text('{"words": "another"}'), "was changed"),
        (lambda path: (path.unlink(), path.mkdir()), "is missing"),
        (lambda path: path.touch(), ""),
        (lambda path: path.write_bytes(path.read_bytes()), ""),
    ],
    ids=[
        "removed",
        "truncated",
        "emptied",
        "bit flipped, times set back",
        "edited",
        "a folder",
        "touched",
        "same bytes",
    ],
)
def test_a_plan_sees_what_is_wrong_with_a_file_and_minds_its_bytes_only(
    fault: object, said: str, tmp_path: Path
) -> None:
    recorded = save(Note, tmp_path / "value.json")
    fault(recorded.path)  # type: ignore[operator]

    assert fault_of(recorded) == said
    if said:
        with pytest.raises(IntegrityError):
            load_stored(recorded, Note, "credit")
    else:
        assert load_stored(recorded, Note, "credit") == Note("one, two")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    configs = tmp_path / "project" / "configs" / "environments"
    configs.mkdir(parents=True)
    (configs / "local.yaml").write_text("executor: {kind: in_process}\n")
    return Workspace(root=str(tmp_path / "project"), environment_name="local")


def run(workspace: Workspace, instance: dg.DagsterInstance, *only: str, **more: object) -> dg.ExecuteInProcessResult:
    """Materialize a small lifecycle: a table with a page, another table, and a record made from both."""

    @dg.asset(key=["credit", "first"])
    def first() -> dg.MaterializeResult[pd.DataFrame]:
        page = tables.write_text(workspace.layout.report("credit", "first.html"), "<p>")
        return dg.MaterializeResult(value=FRAME, metadata=metadata.file(page))

    @dg.asset(key=["credit", "second"])
    def second() -> dg.MaterializeResult[pd.DataFrame]:
        return dg.MaterializeResult(value=FRAME.iloc[::-1].reset_index(drop=True))

    @dg.asset(key=["credit", "note"], ins={name: dg.AssetIn(key=["credit", name]) for name in ("first", "second")})
    def note(first: pd.DataFrame, second: pd.DataFrame) -> dg.MaterializeResult[Note]:
        return dg.MaterializeResult(value=Note(f"{len(first) + len(second)} rows"))

    manager = StoreIOManager(workspace=workspace, use_cases=["credit"])
    selection = [dg.AssetKey(["credit", name]) for name in only] or None
    return dg.materialize(
        [first, second, note], instance=instance, resources={"io_manager": manager}, selection=selection,
        raise_on_error=False, **more,
    )  # fmt: skip


def found(instance: dg.DagsterInstance, layout: Layout, noun: str) -> list[str]:
    return faults(latest(instance, dg.AssetKey(["credit", noun])), layout, "credit")


def test_every_asset_and_its_pages_are_recorded_and_intact_after_a_run(workspace: Workspace) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        result = run(workspace, instance)
        made = latest(instance, dg.AssetKey(["credit", "first"]))

        assert result.success
        assert [found(instance, workspace.layout, noun) for noun in ("first", "second", "note")] == [[], [], []]
        recorded = stored_content(made, workspace.layout)
        assert recorded is not None
        assert recorded.sha256 == content.hash_of(recorded.path)


def test_a_project_that_was_moved_keeps_its_values_and_a_missing_page_is_told(
    workspace: Workspace, tmp_path: Path
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run(workspace, instance)
        shutil.move(tmp_path / "project", tmp_path / "elsewhere")
        layout = Workspace(root=str(tmp_path / "elsewhere"), environment_name="local").layout
        intact = found(instance, layout, "first")
        layout.report("credit", "first.html").unlink()

        assert intact == []
        assert found(instance, layout, "first") == [
            "its stored file data/generated/credit/reports/first.html is missing"
        ]


def test_two_assets_whose_files_were_swapped_are_refused_by_what_reads_them(workspace: Workspace) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run(workspace, instance)
        one, two = (workspace.layout.artifact("credit", noun, ".parquet") for noun in ("first", "second"))
        one.rename(one.with_suffix(".kept"))
        two.rename(one)
        one.with_suffix(".kept").rename(two)
        result = run(workspace, instance, "note")

        failure = result.get_step_failure_events()[0].step_failure_data
        assert not result.success
        assert "a stored file is not the one that was made" in failure.user_failure_data.description
        assert [len(found(instance, workspace.layout, noun)) for noun in ("first", "second")] == [1, 1]


def test_each_batch_reads_its_own_partition_also_after_a_later_one_was_made(workspace: Workspace) -> None:
    """Planted: the latest materialization of the asset, whichever batch it was of."""
    batches = dg.StaticPartitionsDefinition(["may", "june"])
    read = {}

    @dg.asset(key=["credit", "incoming"], partitions_def=batches)
    def incoming(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Note]:
        return dg.MaterializeResult(value=Note(f"rows of {context.partition_key}"))

    @dg.asset(key=["credit", "scored"], partitions_def=batches, ins={"incoming": dg.AssetIn(["credit", "incoming"])})
    def scored(context: dg.AssetExecutionContext, incoming: Note) -> dg.MaterializeResult[Note]:
        read[context.partition_key] = incoming.words
        return dg.MaterializeResult(value=incoming)

    resources = {"io_manager": StoreIOManager(workspace=workspace, use_cases=["credit"])}
    with dg.DagsterInstance.ephemeral() as instance:
        for asset in (incoming, scored):
            for batch in ("may", "june"):
                dg.materialize(
                    [incoming, scored], instance=instance, resources=resources, partition_key=batch, selection=[asset]
                )

    assert read == {"may": "rows of may", "june": "rows of june"}


def test_a_value_without_a_record_is_not_used(workspace: Workspace) -> None:
    """As a version of this package left it that recorded nothing, or somebody who put a file there."""
    with dg.DagsterInstance.ephemeral() as instance:
        for noun in ("first", "second"):
            tables.save_table(FRAME, workspace.layout.artifact("credit", noun, ".parquet"))
        result = run(workspace, instance, "note")

        failure = result.get_step_failure_events()[0].step_failure_data
        assert not result.success
        assert "nothing is recorded" in failure.user_failure_data.description


def test_a_process_that_dies_after_the_file_and_before_its_record_leaves_a_stale_asset(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run(workspace, instance)
        path = workspace.layout.artifact("credit", "first", ".parquet")
        monkeypatch.setattr(io.tables, "save_table", lambda frame, path: tables.write_text(path, "other rows"))
        monkeypatch.setattr(io, "stored_metadata", lambda *args: (_ for _ in ()).throw(RuntimeError("killed")))
        result = run(workspace, instance, "first")

        assert not result.success
        assert path.read_text() == "other rows"
        assert found(instance, workspace.layout, "first") == [
            "its stored file data/generated/credit/first/first.parquet was changed"
        ]


def test_a_run_of_dagster_waits_for_whoever_is_at_work_on_its_use_case(workspace: Workspace) -> None:
    lock = workspace.layout.turn("credit")
    order = []
    with dg.DagsterInstance.ephemeral() as instance:
        with turn(lock, "a command", "a command"):
            thread = threading.Thread(target=lambda: order.append(("run", run(workspace, instance).success)))
            thread.start()
            thread.join(timeout=2.0)
            order.append(("command", thread.is_alive()))
        thread.join(timeout=60)

    assert order == [("command", True), ("run", True)]
    assert holder_of(lock) is None


def test_a_run_that_a_command_started_shares_the_command_s_turn(workspace: Workspace) -> None:
    with dg.DagsterInstance.ephemeral() as instance, turn(workspace.layout.turn("credit"), "token", "a command"):
        result = run(workspace, instance, tags={"mlops_assets/alive": "token"})

    assert result.success
