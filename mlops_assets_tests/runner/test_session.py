"""A session: what its commands do, and what they say of it."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from mlops_assets.data.splits import assign_splits
from mlops_assets.runner import session as sessions
from mlops_assets.runner.session import Session
from mlops_assets.stores import registry
from mlops_assets.stores.layout import Layout
from mlops_assets.stores.registry import RegisteredVersion
from mlops_assets.use_case.environment import Environment
from mlops_assets_tests.defs.test_training import case, people
from mlops_assets_tests.split_rows import rows_of


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (None, "credit@champion is version 1"),
        ("1", "credit@champion is version 1 already"),
        ("2", "credit@champion is version 1 again, in place of version 2"),
    ],
)
def test_a_rollback_to_a_version_says_what_it_replaced_if_anything(
    before: str | None, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    champion = None if before is None else RegisteredVersion(before, "1")
    promoted = RegisteredVersion("1", before if before != "1" else None)
    names = SimpleNamespace(champion="champion", previous="previous_champion")
    use_case = SimpleNamespace(name="credit", model_name="credit", release=SimpleNamespace(registry=names))
    session = Session(None, use_case, None, None, Layout.of(tmp_path, Environment()))
    store = SimpleNamespace(has_store=lambda: True, tracking_uri=lambda: "http://mlflow.example")
    monkeypatch.setattr(Session, "mlflow", store)
    monkeypatch.setattr(registry, "find_champion", lambda *_: champion)
    monkeypatch.setattr(registry, "promote", lambda *_: promoted)

    assert session.rollback("1") == said


def test_a_replay_writes_the_rows_that_no_stage_has_seen_each_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: batches cut from the test split, which the reference predictions of drift come from."""
    use_case, frame = case("stratified"), people()
    splits = assign_splits(frame, use_case.data.splits, use_case.task)
    layout = Layout.of(tmp_path, Environment())
    monkeypatch.setattr(sessions, "latest", lambda *_: SimpleNamespace(exists=True))
    monkeypatch.setattr(Session, "rows", lambda _, asset, split: rows_of({"validated": frame}[asset], splits, split))
    said = list(Session(None, use_case, None, None, layout).replay(2, [], 0))

    files = sorted(layout.incoming(use_case.name).glob("*.csv"))
    written = pd.concat([pd.read_csv(file) for file in files])
    assert [file.stem for file in files] == ["replay-001", "replay-002"]
    assert np.allclose(np.sort(written["a"]), np.sort(rows_of(frame, splits, "replay")["a"]))
    assert len(said) == 2
