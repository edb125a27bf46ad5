"""Stored values as materializations record them: what is written with each, and what is read back from it.

The hash is in the event log, not next to the file: editing or removing a file does not change its record.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg

from mlops_assets.errors import IntegrityError
from mlops_assets.graph import keys
from mlops_assets.stores.content import Content, content_of, fault_of
from mlops_assets.stores.layout import Layout

STORED = "its stored file "
"""The first words of each sentence that `faults` returns."""

_PAGE = 100
_FILE, _SHA256, _GLANCE, _COLUMNS = "stored/file", "stored/sha256", "stored/glance", "stored/columns"


@dataclass(frozen=True)
class Materialized:
    """The latest materialization of an asset, or of one of its partitions; empty where there is none.

    Attributes:
        tags: its tags, the versions among them.
        metadata: plain values of its metadata, by name.
        run_id: the run that made it.
        timestamp: when, in seconds since 1970.
    """

    tags: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, object] = field(default_factory=dict)
    run_id: str = ""
    timestamp: float = 0.0

    @property
    def exists(self) -> bool:
        """Whether there is one."""
        return bool(self.tags)

    @property
    def data_version(self) -> str | None:
        """Version of the content, which versions downstream are compared with."""
        return self.tags.get(keys.DATA)


def latest(instance: dg.DagsterInstance, key: dg.AssetKey, partition: str | None = None) -> Materialized:
    """Return the latest materialization of an asset, or of one partition of it."""
    return next(materializations(instance, key, partition, limit=1), Materialized())


def materializations(
    instance: dg.DagsterInstance, key: dg.AssetKey, partition: str | None = None, limit: int = 1000
) -> Iterator[Materialized]:
    """Yield the materializations of an asset, or of one partition of it, the latest first."""
    wanted = dg.AssetRecordsFilter(asset_key=key, asset_partitions=[partition] if partition else None)
    for record in instance.fetch_materializations(wanted, limit=limit).records:
        if (found := record.asset_materialization) is not None:
            metadata = {name: value.value for name, value in found.metadata.items()}
            yield Materialized(found.tags or {}, metadata, record.run_id, record.timestamp)


def latest_evaluations(
    instance: dg.DagsterInstance, check: dg.AssetCheckKey, partitions: Collection[str | None]
) -> dict[str | None, dg.AssetCheckEvaluation]:
    """Return the latest evaluation of a check for each of these partitions; where it has none, they are `[None]`.

    Executions that were planned and never came to an evaluation are passed over.
    """
    found: dict[str | None, dg.AssetCheckEvaluation] = {}
    before: int | None = None
    while len(found) < len(partitions):
        page = instance.event_log_storage.get_asset_check_execution_history(check, limit=_PAGE, cursor=before)
        for record in page:
            event = record.event.dagster_event if record.event else None
            if event is not None and event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
                evaluation = event.asset_check_evaluation_data
                if evaluation.partition in partitions:
                    found.setdefault(evaluation.partition, evaluation)
        if len(page) < _PAGE:
            break
        before = page[-1].id
    return found


def data_versions(instance: dg.DagsterInstance, *keys: dg.AssetKey) -> str:
    """Return the data versions of assets as one text: equal texts, equal contents, and nothing is hashed again.

    Raises:
        IntegrityError: one of them has none.
    """
    found = {key: latest(instance, key).data_version for key in keys}
    unknown = [key.to_user_string() for key, version in found.items() if not version]
    if unknown:
        raise IntegrityError("no data version is recorded", where=unknown[0], fix=f"mlops-assets run {keys[0].path[0]}")
    return " ".join(map(str, found.values()))


def stored_metadata(path: Path, layout: Layout) -> dict[str, Any]:
    """Return what a materialization records of its stored file; the path is relative, so a project may be moved."""
    content = content_of(path)
    found = {
        _FILE: path.relative_to(layout.generated).as_posix(),
        _SHA256: content.sha256,
        _GLANCE: content.glance,
    }
    return {**found, _COLUMNS: dict(content.columns)} if content.columns else found


def stored_content(made: Materialized, layout: Layout) -> Content | None:
    """Return what was recorded of the stored file; None where nothing was, as by version 0.1."""
    file, sha256, glance = (made.metadata.get(name) for name in (_FILE, _SHA256, _GLANCE))
    if not (file and sha256):
        return None
    columns = made.metadata.get(_COLUMNS)
    return Content(
        layout.generated / str(file), str(sha256), str(glance), columns if isinstance(columns, Mapping) else {}
    )


def recorded(instance: dg.DagsterInstance, layout: Layout, key: dg.AssetKey, partition: str | None = None) -> Content:
    """Return what was recorded of the stored file of an asset or partition.

    Raises:
        IntegrityError: nothing was: it was never made, or by a version of this package that kept no record.
    """
    found = stored_content(latest(instance, key, partition), layout)
    if found is None:
        raise IntegrityError(
            "nothing is recorded about what this asset holds",
            where=key.to_user_string() + (f" [{partition}]" if partition else ""),
            expected="the hash of its stored file, in its latest materialization",
            got="none",
            fix=f"mlops-assets run {key.path[0]}",
        )
    return found


def faults(made: Materialized, layout: Layout, use_case: str) -> list[str]:
    """Return what is wrong with the files of a materialization, its value and its pages, in words; often nothing."""
    value = stored_content(made, layout)
    if value is None:
        return [f"{STORED}has no recorded content"]
    found = [(value, fault_of(value)), *((page, fault_of(page)) for page in _pages(made, layout, use_case))]
    return [f"{STORED}{layout.shown(one.path)} {fault}" for one, fault in found if fault]


def _pages(made: Materialized, layout: Layout, use_case: str) -> list[Content]:
    """Return the reports for people that a materialization recorded (`metadata.file`)."""
    names = [name.removesuffix("/glance") for name in made.metadata if name.endswith("/glance") and name != _GLANCE]
    contents = []
    for name in names:
        path, sha256, glance = (str(made.metadata.get(f"{name}/{part}")) for part in ("path", "sha256", "glance"))
        report = path.rpartition(f"/{use_case}/reports/")[2]
        contents.append(Content(layout.report(use_case, report), sha256, glance))
    return contents
