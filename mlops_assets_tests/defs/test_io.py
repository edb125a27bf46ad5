"""What a parameter declares is what its asset gets: nothing else of the table is there."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import pandas as pd
import pytest

from mlops_assets.data.frames import ROW, SPLIT
from mlops_assets.defs import metadata
from mlops_assets.defs.io import StoreIOManager
from mlops_assets.defs.mlflow import MlflowResource
from mlops_assets.defs.resources import Workspace
from mlops_assets.defs.stage import Stage, Tables, made
from mlops_assets.stores import tables
from mlops_assets_tests.defs.test_training import case

VALID = pd.DataFrame({ROW: np.arange(60) * 2, "a": np.arange(60.0), "b": 1.0, "y": np.arange(60) % 2})
NAMES = np.array(["train", "calibration", "test", "replay"], dtype=object)[np.arange(60) % 4]
STAGE = Stage(case("stratified"), "features")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "configs" / "environments").mkdir(parents=True)
    (tmp_path / "configs" / "environments" / "local.yaml").write_text("executor: {kind: in_process}\n")
    return Workspace(root=str(tmp_path), environment_name="local")


def seen(workspace: Workspace, declared: dg.AssetIn, annotation: Any = pd.DataFrame, instance: Any = None) -> Any:
    """Return what the parameter of an asset holds that declares this of `validated`."""
    held = []

    @dg.asset(key=STAGE.key("validated"))
    def validated() -> dg.MaterializeResult[pd.DataFrame]:
        return dg.MaterializeResult(value=VALID)

    @dg.asset(key=STAGE.key("splits"))
    def splits() -> dg.MaterializeResult[pd.DataFrame]:
        return dg.MaterializeResult(value=pd.DataFrame({ROW: VALID[ROW], SPLIT: NAMES}))

    def body(rows):
        held.append(rows)
        return dg.MaterializeResult(value=rows["train"] if isinstance(rows, dict) else rows)

    body.__annotations__ = {"rows": annotation, "return": dg.MaterializeResult[pd.DataFrame]}
    reader = dg.asset(key=STAGE.key("reader"), ins=STAGE.ins(rows=declared))(body)
    manager = StoreIOManager(workspace=workspace, use_cases=[STAGE.use_case.name])
    assert dg.materialize([validated, splits, reader], resources={"io_manager": manager}, instance=instance).success
    return held[0]


def test_an_asset_finds_no_column_and_no_row_that_it_did_not_declare(workspace: Workspace) -> None:
    rows = seen(workspace, STAGE.rows("validated", ("a",), split="test"))

    pd.testing.assert_frame_equal(rows, VALID.loc[NAMES == "test", [ROW, "a"]].reset_index(drop=True))
    with pytest.raises(KeyError, match="y"):
        rows["y"]


def test_several_splits_come_as_a_table_each_and_no_other_split_comes_along(workspace: Workspace) -> None:
    rows = seen(workspace, STAGE.rows("validated", ("a", None, "y"), split=("train", "calibration")), Tables)

    assert list(rows) == ["train", "calibration"]
    assert [list(frame.columns) for frame in rows.values()] == [[ROW, "a", "y"]] * 2
    assert all(rows[name][ROW].tolist() == VALID[ROW][name == NAMES].tolist() for name in rows)


def test_the_split_of_each_row_is_a_column_for_those_who_need_all_rows(workspace: Workspace) -> None:
    rows = seen(workspace, STAGE.rows("validated", (SPLIT,)))

    assert rows.columns.tolist() == [ROW, SPLIT]
    assert rows[SPLIT].tolist() == NAMES.tolist()


def test_only_the_columns_that_are_declared_are_read_from_the_file(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: a whole table that is read, verified, and then cut down."""
    read, column = [], tables.StoredColumns.column
    monkeypatch.setattr(tables.StoredColumns, "column", lambda self, name: read.append(name) or column(self, name))
    seen(workspace, STAGE.rows("validated", ("a",)))

    assert read == [ROW, "a"]


def test_other_columns_or_another_split_make_another_code_version() -> None:
    def version(declared: dg.AssetIn) -> str | None:
        @STAGE.asset("reader", description="Reads.", kinds=("pandas",), code=(), ins=STAGE.ins(rows=declared))
        def reader(rows: pd.DataFrame) -> dg.MaterializeResult[pd.DataFrame]:
            return dg.MaterializeResult(value=rows)

        return next(iter(reader.specs)).code_version

    one, same, wider, other = (
        version(STAGE.rows("validated", columns, split=split))
        for columns, split in ((("a",), "train"), (("a", None), "train"), (("a", "b"), "train"), (("a",), "test"))
    )

    assert one == same
    assert len({one, wider, other}) == 3


def test_no_table_outlives_its_step(workspace: Workspace) -> None:
    """In a process of its own: Dagster keeps the local variables of whoever makes its first record of a class."""
    code = f"from mlops_assets_tests.defs import test_io as here; print(here.tables_kept({workspace.root!r}))"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def tables_kept(root: str) -> list[str]:
    """Run an asset that makes a table and one that takes it, and return what of them is left in the step after."""
    tables_seen: dict[str, weakref.ref[pd.DataFrame]] = {}
    kept: list[str] = []
    shown: dict[str, Any] = {"description": "A table.", "kinds": {"pandas"}, "code": ()}

    @STAGE.asset("validated", **shown)
    def validated() -> dg.MaterializeResult[pd.DataFrame]:
        frame = VALID.copy()
        tables_seen["made"] = weakref.ref(frame)
        return made(frame, metadata.table(frame))

    @STAGE.asset("reader", ins=STAGE.ins("validated"), **shown)
    def reader(validated: pd.DataFrame) -> dg.MaterializeResult[pd.DataFrame]:
        tables_seen["read"] = weakref.ref(validated)
        return made(validated[["a"]], metadata.table(validated))

    @STAGE.asset("after", ins={"reader": dg.AssetIn(key=STAGE.key("reader"))}, **shown)
    def after(reader: pd.DataFrame) -> dg.MaterializeResult[pd.DataFrame]:
        gc.collect()
        kept.extend(name for name, seen in tables_seen.items() if seen() is not None)
        return made(reader, {})

    workspace = Workspace(root=root, environment_name="local")
    manager = StoreIOManager(workspace=workspace, use_cases=[STAGE.use_case.name])
    resources = {"io_manager": manager, "mlflow": MlflowResource(workspace=workspace)}
    assert dg.materialize([validated, reader, after], resources=resources).success
    assert set(tables_seen) == {"made", "read"}
    return kept
