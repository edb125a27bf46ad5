"""What arrives: the source file and the inbox, reported to Dagster when they change and only then."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from mlops_assets.data.files import file_digest
from mlops_assets.defs import arrivals
from mlops_assets.defs.resources import Workspace
from mlops_assets.graph import keys
from mlops_assets.stores import content
from mlops_assets.use_case.environment import Daemon
from mlops_assets.use_case.loader import load_use_case

REPOSITORY = Path(__file__).resolve().parents[2]
USE_CASE = load_use_case(REPOSITORY / "configs" / "penguins.yaml")
SOURCE = USE_CASE.data.source.path


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A project with a source file and no batch."""
    folder = tmp_path / "configs" / "environments"
    folder.mkdir(parents=True)
    (folder / "local.yaml").write_text("{}")
    put(tmp_path / SOURCE)
    return Workspace(root=str(tmp_path), environment_name="local")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def put(path: Path, text: str = "a\n1\n") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def look(instance: dg.DagsterInstance, workspace: Workspace) -> tuple[dict[str, str | None], list[str]]:
    """Let the sensor look once; return what it reported, by source and batch, and the partitions it asked for."""
    context = dg.build_sensor_context(instance=instance, resources={"workspace": workspace})
    result = arrivals.arrival_sensor(USE_CASE, Daemon())(context)
    if isinstance(result, dg.SkipReason):
        return {}, [str(result.skip_message)]
    for event in result.asset_events:
        instance.report_runless_asset_event(event)
    new = [name for request in result.dynamic_partitions_requests or () for name in request.partition_keys]
    instance.add_dynamic_partitions(str(keys.batches("penguins").name), new)
    assert not result.run_requests
    return {event.partition or event.asset_key.path[-1]: event.data_version for event in result.asset_events}, new


def test_a_source_file_and_each_new_file_of_the_inbox_are_reported_once(
    instance: dg.DagsterInstance, workspace: Workspace
) -> None:
    inbox = workspace.layout.incoming("penguins")
    for name in ("may.csv", "june.csv", ".july.csv.tmp"):
        put(inbox / name, name)
    root = Path(workspace.root)

    assert look(instance, workspace) == (
        {
            "source": file_digest(root / SOURCE),
            "may": file_digest(inbox / "may.csv"),
            "june": file_digest(inbox / "june.csv"),
        },
        ["june", "may"],
    )
    assert look(instance, workspace) == ({}, ["the source file and 2 files of the inbox are as they were"])


def test_a_changed_file_is_reported_again_and_one_of_the_same_bytes_is_not(
    instance: dg.DagsterInstance, workspace: Workspace
) -> None:
    inbox, source = workspace.layout.incoming("penguins"), Path(workspace.root) / SOURCE
    put(inbox / "may.csv")
    look(instance, workspace)
    put(inbox / "may.csv", "a\n2\n")
    put(source)
    changed, new = look(instance, workspace)

    assert (changed, new) == ({"may": file_digest(inbox / "may.csv")}, [])
    put(source, "a\n3\n")
    assert look(instance, workspace)[0] == {"source": file_digest(source)}


def test_a_source_file_that_is_gone_is_no_version(instance: dg.DagsterInstance, workspace: Workspace) -> None:
    source = Path(workspace.root) / SOURCE
    look(instance, workspace)
    source.unlink()

    assert look(instance, workspace)[0] == {}
    assert arrivals.arrived(USE_CASE, workspace.layout, keys.asset_key("penguins", "source"))[None].version is None


def test_two_files_of_one_name_are_told_and_nothing_is_reported(
    instance: dg.DagsterInstance, workspace: Workspace
) -> None:
    for name in ("may.csv", "may.parquet"):
        put(workspace.layout.incoming("penguins") / name)

    assert "two batch files lead to the same partition key" in look(instance, workspace)[1][0]


def test_a_file_that_settled_is_hashed_once_and_again_when_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: a cache that minds the size only, and one that trusts a file which changed this very moment."""
    file, hashed = tmp_path / "rows.csv", []
    file.write_text("a\n1\n")
    monkeypatch.setattr(content, "file_digest", lambda path: hashed.append(path) or file_digest(path))
    first = content.digest_of(file)
    content.digest_of(file)
    assert len(hashed) == 2, "it changed less than two seconds ago"
    monkeypatch.setattr(content, "_SETTLED", -1.0)
    assert [content.digest_of(file) for _ in range(3)] == [first] * 3
    assert len(hashed) == 3
    file.write_text("a\n2\n")
    assert content.digest_of(file) == file_digest(file) != first


def test_both_are_observed_from_the_ui_too(instance: dg.DagsterInstance, workspace: Workspace) -> None:
    put(workspace.layout.incoming("penguins") / "may.csv")
    instance.add_dynamic_partitions(str(keys.batches("penguins").name), ["may"])
    defs = dg.Definitions(assets=arrivals.build(USE_CASE), resources={"workspace": workspace})
    job = defs.resolve_implicit_global_asset_job_def()
    for asset, partition in (("source", None), ("inbox", "may")):
        subset = job.get_subset(asset_selection={keys.asset_key("penguins", asset)})
        assert subset.execute_in_process(instance=instance, partition_key=partition).success

    assert look(instance, workspace) == ({}, ["the source file and 1 files of the inbox are as they were"])
