"""A session: what its commands say of what they did."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from mlops_assets.defs.session import Session
from mlops_assets.stores import registry
from mlops_assets.stores.layout import Layout
from mlops_assets.stores.registry import RegisteredVersion
from mlops_assets.use_case.environment import Environment


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
    champion = None if before is None else RegisteredVersion(before, f"models:/credit/{before}", "1")
    promoted = RegisteredVersion("1", "models:/credit/1", before if before != "1" else None)
    names = SimpleNamespace(champion="champion", previous="previous_champion")
    use_case = SimpleNamespace(name="credit", model_name="credit", release=SimpleNamespace(registry=names))
    session = Session(None, use_case, None, None, Layout.of(tmp_path, Environment()))
    monkeypatch.setattr(Session, "_tracking_uri", lambda _: "http://mlflow.example")
    monkeypatch.setattr(registry, "find_champion", lambda *_: champion)
    monkeypatch.setattr(registry, "promote", lambda *_: promoted)

    assert session.rollback("1") == said
