"""A stored bundle comes back bit by bit, or not at all."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlops_assets import plugins
from mlops_assets.data.frames import ROW
from mlops_assets.data.table_schema import TableDeclaration
from mlops_assets.errors import IntegrityError
from mlops_assets.features.pipeline import build_features, fit_pipeline
from mlops_assets.stores import bundles, skops_files
from mlops_assets.stores.bundles import load_bundle, save_bundle
from mlops_assets.training.bundle import Bundle, fit_bundle, predict_features, predict_rows
from mlops_assets.training.trials import SearchResult
from mlops_assets.use_case.data import Column, Comparison
from mlops_assets.use_case.features import Features
from mlops_assets.use_case.model import Task
from mlops_assets.use_case.training import Calibration, Training

FAMILIES = plugins.names("family")
SMALL = {"random_forest": {"n_estimators": 8}, "hist_gradient_boosting": {"max_iter": 8, "max_features": 0.5}}
COLUMNS = {
    "size, m": Column(type="number", nullable=True, min=-10, max=10),
    "colour": Column(type="category", allowed={1: "red", 2: "blue"}, undocumented=(7,)),
    "kind": Column(type="category", allowed=("1", "2")),
    "seen": Column(type="date", min=dt.date(2020, 1, 1)),
    "bought": Column(type="category", allowed={0: "no", 1: "yes"}),
}


def draw_frame(rows: int = 260) -> pd.DataFrame:
    """Return validated rows with integer codes, text codes that look like integers, and missing values."""
    rng = np.random.default_rng(8)
    size, colour = rng.normal(size=rows), rng.choice([1, 2, 7], rows)
    bought = (size + (colour == 2) + rng.normal(0, 0.7, rows) > 0.6).astype(np.int64)
    size[::9] = np.nan
    kind = rng.choice(["1", "2"], rows)
    return pd.DataFrame({ROW: np.arange(rows), "size, m": size, "colour": colour, "kind": kind, "bought": bought})


def fit_small(family: str, method: str = "sigmoid") -> Bundle:
    """Fit a bundle of a family on 200 rows."""
    frame = draw_frame()
    train, held = frame.iloc[:200], frame.iloc[200:]
    inputs = ("size, m", "colour", "kind")
    pipeline = fit_pipeline(train, train["bought"], inputs=inputs, columns=COLUMNS, features=Features())
    return fit_bundle(
        build_features(train, pipeline),
        train["bought"],
        build_features(held, pipeline),
        held["bought"],
        search_result=SearchResult(family, SMALL.get(family, {}), 0.5, 0, "auc", True, (), 2, 200, 1, "s"),
        training=Training(calibration=Calibration(method=method)),
        pipeline=pipeline,
        table=TableDeclaration(COLUMNS),
        task=Task(target="bought", positive=1),
        use_case="shop",
        trained_on="0" * 64,
    )


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    """A bundle of the family that is fitted fastest."""
    return fit_small("logistic_regression")


@pytest.fixture
def stored(bundle, tmp_path) -> Path:
    """A stored bundle."""
    save_bundle(bundle, tmp_path / "model")
    return tmp_path / "model"


def forge(folder: Path, *, model: bytes | None = None, **changes) -> None:
    """Change a bundle as somebody would who can also make every hash right."""
    if model is not None:
        (folder / "model.skops").write_bytes(model)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    del manifest["checksum"]
    manifest["files"] = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in manifest["files"]}
    manifest = {name: value for name, value in {**manifest, **changes}.items() if value is not None}
    checksum = hashlib.sha256(bundles._canonical(manifest)).hexdigest()
    (folder / "manifest.json").write_bytes(bundles._canonical({**manifest, "checksum": checksum}))


@pytest.mark.parametrize("method", ["none", "sigmoid", "isotonic"])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_bundle_of_every_family_comes_back_and_predicts_the_same_bits(family, method, tmp_path):
    fitted = fit_small(family, method)
    recorded = save_bundle(fitted, tmp_path / "model")
    again = load_bundle(tmp_path / "model", manifest_hash=recorded)
    X = build_features(draw_frame(), fitted.pipeline)

    assert (predict_features(again, X) == predict_features(fitted, X)).all()
    assert predict_rows(again, draw_frame()).equals(predict_rows(fitted, draw_frame()))
    assert again.fingerprint == fitted.fingerprint


def test_every_record_comes_back_as_it_was(bundle, stored):
    again = load_bundle(stored)

    for name in ("family", "params", "calibrator", "threshold", "pipeline", "table", "task", "versions"):
        assert getattr(again, name) == getattr(bundle, name), name
    assert list(again.table.columns) == list(COLUMNS)
    assert again.table.columns["colour"].codes == (1, 2, 7)
    assert again.table.columns["kind"].codes == ("1", "2")


def test_the_whole_declaration_of_the_table_comes_back_from_the_manifest(bundle, tmp_path):
    """Codes 1 and "1" stay two, and labels stay with their codes."""
    columns = {**COLUMNS, "mixed": Column(type="category", allowed={1: "one", "1": "text", "z": "last"})}
    rules = (
        Comparison(name="late", left="size, m", operator="<=", value=3.0, when={"mixed": (1, "1")}),
        Comparison(name="pair", left="size, m", operator="<", right="bought", severity="warning"),
    )
    table = TableDeclaration(columns, rules, target="bought", ignored=("kind",), decimal=",")
    save_bundle(replace(bundle, table=table), tmp_path / "model")

    assert load_bundle(tmp_path / "model").table == table
    assert load_bundle(tmp_path / "model").fingerprint == bundle.fingerprint


def test_a_changed_bound_in_the_manifest_is_seen(bundle, stored, tmp_path):
    recorded = save_bundle(bundle, tmp_path / "model")
    path = stored / "manifest.json"
    path.write_text(path.read_text().replace('"max": 10', '"max": 99'))

    with pytest.raises(IntegrityError, match="the manifest was changed"):
        load_bundle(stored)
    forge(stored)
    with pytest.raises(IntegrityError, match="the bundle is not the one that was recorded"):
        load_bundle(stored, manifest_hash=recorded)


def test_a_schema_that_this_version_does_not_know_is_refused_in_one_sentence(stored):
    forge(stored, schema={"columns": [{"name": "size, m", "type": "colour"}]})

    with pytest.raises(IntegrityError, match=r"the schema of the bundle does not fit this version.*--again model"):
        load_bundle(stored)


def test_a_bundle_of_format_2_is_read_with_its_columns(bundle, stored):
    """Earlier versions kept the columns in `bundle.json`, and nothing else of what is declared."""
    records = json.loads((stored / "bundle.json").read_bytes())
    records["columns"] = {
        name: {**json.loads(column.model_dump_json()), "allowed": list(column.allowed) if column.allowed else None}
        | ({"labels": list(column.allowed.values())} if isinstance(column.allowed, dict) else {})
        for name, column in COLUMNS.items()
    }
    (stored / "bundle.json").write_text(json.dumps(records))
    forge(stored, format=2, schema=None)
    again = load_bundle(stored)

    assert again.table == TableDeclaration(COLUMNS)
    assert predict_rows(again, draw_frame()).equals(predict_rows(bundle, draw_frame()))


@pytest.mark.parametrize("family", FAMILIES)
def test_equal_fits_make_equal_bytes(family, tmp_path):
    first, second = (save_bundle(fit_small(family), tmp_path / name) for name in ("a", "b"))

    assert first == second
    assert (tmp_path / "a" / "model.skops").read_bytes() == (tmp_path / "b" / "model.skops").read_bytes()


def test_the_hash_returned_is_that_of_the_manifest(bundle, tmp_path):
    recorded = save_bundle(bundle, tmp_path / "model")

    assert recorded == hashlib.sha256((tmp_path / "model" / "manifest.json").read_bytes()).hexdigest()


def test_a_new_bundle_takes_the_place_of_the_old_and_leaves_nothing_beside_it(bundle, stored):
    other = fit_small("hist_gradient_boosting")
    save_bundle(other, stored)

    assert load_bundle(stored).fingerprint == other.fingerprint
    assert [path.name for path in stored.parent.iterdir()] == ["model"]


def test_a_save_that_breaks_off_leaves_the_old_bundle(bundle, stored, monkeypatch):
    real = bundles._write

    def fail_at_manifest(path, content):
        if path.name == "manifest.json":
            raise OSError("disk full")
        real(path, content)

    monkeypatch.setattr(bundles, "_write", fail_at_manifest)
    with pytest.raises(OSError, match="disk full"):
        save_bundle(fit_small("hist_gradient_boosting"), stored)

    assert load_bundle(stored).fingerprint == bundle.fingerprint
    assert [path.name for path in stored.parent.iterdir()] == ["model"]


def test_a_folder_of_something_else_is_not_replaced(bundle, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "thesis.txt").write_text("years of work")

    with pytest.raises(IntegrityError, match="holds something else"):
        save_bundle(bundle, tmp_path / "model")
    assert (tmp_path / "model" / "thesis.txt").exists()


@pytest.mark.parametrize("name", ["manifest.json", "bundle.json", "model.skops"])
def test_one_changed_byte_anywhere_is_noticed(name, stored):
    path = stored / name
    content = path.read_bytes()
    for place in np.linspace(0, len(content) - 1, 25).astype(int):
        changed = bytearray(content)
        changed[place] ^= 1
        path.write_bytes(bytes(changed))

        with pytest.raises(IntegrityError):
            load_bundle(stored)


@pytest.mark.parametrize("name", ["manifest.json", "bundle.json", "model.skops"])
def test_a_missing_file_is_named(name, stored):
    (stored / name).unlink()

    with pytest.raises(IntegrityError, match=f"missing {name}"):
        load_bundle(stored)


def test_an_added_file_is_named(stored):
    (stored / "model.pkl").write_bytes(b"")

    with pytest.raises(IntegrityError, match=r"added model\.pkl"):
        load_bundle(stored)


def test_no_bundle_at_all_is_told(tmp_path):
    with pytest.raises(IntegrityError, match="there is no bundle"):
        load_bundle(tmp_path / "model")


def test_another_whole_bundle_is_refused_where_the_hash_was_recorded(bundle, tmp_path):
    recorded = save_bundle(bundle, tmp_path / "model")
    save_bundle(fit_small("hist_gradient_boosting"), tmp_path / "model")

    with pytest.raises(IntegrityError, match="not the one that was recorded"):
        load_bundle(tmp_path / "model", manifest_hash=recorded)


def test_another_version_of_scikit_learn_is_refused_with_the_way_out(bundle, stored):
    forge(stored, versions={**bundle.versions, "scikit-learn": "0.1.0"})

    with pytest.raises(IntegrityError, match=r"another version of scikit-learn.*scikit-learn==0.1.0"):
        load_bundle(stored)


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (1, r"older format, made by an earlier version .*expected format 3; got format 1;.*run USE_CASE --again model"),
        (99, r"does not know.*install the version of mlops_assets that made it, or make it again"),
        (None, r"does not know"),
    ],
)
def test_a_bundle_of_another_format_is_refused_in_one_sentence_with_the_way_out(stored, found, says):
    """Before anything is built from it: records of another version would read as damage, or as something else."""
    forge(stored, format=found)

    with pytest.raises(IntegrityError, match=says) as refused:
        load_bundle(stored)
    assert "\n" not in str(refused.value)


def rewrite_schema(content: bytes, change) -> bytes:
    """Return a skops file whose schema text was changed."""
    source = zipfile.ZipFile(io.BytesIO(content))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            data = source.read(name)
            archive.writestr(name, change(data.decode()).encode() if name == "schema.json" else data)
    return target.getvalue()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            '"__class__":"StandardScaler","__module__":"sklearn.preprocessing._data"',
            '"__class__":"Popen","__module__":"subprocess"',
        ),
        (
            '"__class__":"StandardScaler","__module__":"sklearn.preprocessing._data"',
            '"__class__":"MaxAbsScaler","__module__":"sklearn.preprocessing._data"',
        ),
        ('"__loader__":"ListNode"', '"__loader__":"FunctionNode"'),
    ],
)
def test_a_type_that_nobody_reviewed_is_refused_even_with_every_hash_right(old, new, stored):
    """That includes types of scikit-learn, which skops itself would trust."""
    content = (stored / "model.skops").read_bytes()
    forged = rewrite_schema(content, lambda text: text.replace(old, new, 1))
    assert forged != rewrite_schema(content, lambda text: text)
    forge(stored, model=forged)

    with pytest.raises(IntegrityError, match="not reviewed"):
        load_bundle(stored)


def test_a_pickle_in_the_place_of_the_model_is_refused(stored):
    forge(stored, model=b"\x80\x04K\x01.")

    with pytest.raises(IntegrityError, match="cannot be read"):
        load_bundle(stored)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_type_in_a_model_file_is_accounted_for_with_a_reason(family, tmp_path):
    types = plugins.load("family", family).TYPES
    found = set(skops_files.types_of(skops_files.dump_estimator(fit_small(family).estimator)))

    assert found <= set(types) | set(skops_files.COMMON_TYPES)
    assert set(types) <= found, "a type is trusted that no model of the family holds"
    assert all(types.values())
