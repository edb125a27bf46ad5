"""The command line: what it prints, how it leaves, and that it never shows a traceback."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from mlops_assets.cli import main

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the shipped configuration, in force for the command line."""
    shutil.copytree(REPOSITORY / "configs", tmp_path / "configs")
    (tmp_path / "data" / "raw").mkdir(parents=True)
    shutil.copy(REPOSITORY / "data" / "raw" / "penguins.csv", tmp_path / "data" / "raw")
    for name in ("dagster.yaml", "workspace.yaml"):
        shutil.copy(REPOSITORY / name, tmp_path)
    monkeypatch.setenv("MLOPS_ASSETS_PROJECT", str(tmp_path))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*arguments: str) -> Result:
    result = CliRunner().invoke(main, arguments)
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def test_check_names_the_use_cases_that_are_right(project: Path) -> None:
    result = call("check")

    assert result.exit_code == 0
    assert "credit_default, penguins" in result.output


def test_check_says_every_mistake_at_once_with_its_place(project: Path) -> None:
    path = project / "configs" / "penguins.yaml"
    text = path.read_text().replace("target: sex", "target: sax").replace("folds: 4", "flods: 4")
    path.write_text(text)
    result = call("check")
    lines = [line for line in result.output.splitlines() if "penguins.yaml:" in line]

    assert result.exit_code == 2
    assert any("sax" in line and "sex" in line for line in lines)
    assert any("flods" in line and "folds" in line for line in lines)
    number = text.splitlines().index("  target: sax") + 1
    assert any(f"penguins.yaml:{number}:" in line for line in lines)


def test_check_of_one_file_speaks_of_that_file(project: Path) -> None:
    result = call("check", "configs/penguins.yaml")

    assert result.exit_code == 0
    assert "ok: configs/penguins.yaml" in result.output


def test_check_of_an_environment_file_names_the_variable_that_is_not_set(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLOPS_ASSETS_STORAGE", raising=False)
    result = call("check", "configs/environments/local.yaml", "configs/environments/staging.yaml")

    assert result.exit_code == 2
    assert "ok: configs/environments/local.yaml" in result.output
    assert "MLOPS_ASSETS_STORAGE" in result.output


def test_an_unknown_use_case_is_answered_with_the_nearest(project: Path) -> None:
    result = call("plan", "pengins")

    assert result.exit_code == 1
    assert "did you mean 'penguins'" in result.output


def test_an_unknown_stage_is_answered_with_the_nearest(project: Path) -> None:
    result = call("run", "penguins", "--stage", "traning")

    assert result.exit_code == 1
    assert "did you mean 'training'" in result.output


def test_an_unknown_environment_is_said_in_one_line(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_ASSETS_ENV", "stagng")
    result = call("check")

    assert result.exit_code == 2
    assert "staging" in result.output


def test_replay_before_the_first_run_says_what_to_run(project: Path) -> None:
    result = call("replay", "penguins")

    assert result.exit_code == 1
    assert "mlops-assets run penguins" in result.output


def test_replay_into_an_inbox_outside_of_the_project_names_it_whole(project: Path, tmp_path_factory) -> None:
    inbox = tmp_path_factory.mktemp("inbox")
    with (project / "configs" / "environments" / "local.yaml").open("a") as stream:
        stream.write(f"storage: {{incoming: {inbox}}}\n")
    call("run", "penguins", "--stage", "data")
    result = call("replay", "penguins", "--batches", "1")

    assert result.exit_code == 0
    assert f"wrote {inbox}/penguins/replay-001.csv: " in result.output


def test_rollback_before_the_first_deployment_says_so(project: Path) -> None:
    result = call("rollback", "penguins")

    assert result.exit_code == 1
    assert "no model was ever deployed" in result.output


def test_plan_before_the_first_run_lists_everything_and_changes_nothing(project: Path) -> None:
    result = call("plan", "penguins")

    assert result.exit_code == 0
    assert "penguins/raw" in result.output
    assert "it was never made" in result.output
    assert not (project / "data" / "generated" / "penguins").exists()


def test_new_says_what_must_not_be_missed_and_asks_nothing(project: Path) -> None:
    rng = np.random.default_rng(1)
    y = rng.permutation([1] * 30 + [0] * 570)
    frame = pd.DataFrame({"x": rng.normal(size=600), "z": 1 - y, "y": y})
    frame.to_csv(project / "data" / "raw" / "odd.csv", index=False)
    made = call("new", "odd", "--data", "data/raw/odd.csv", "--target", "y")

    assert made.exit_code == 0, made.output
    assert "SUSPECTED LEAK: 'z' is 0 where the target is positive" in made.output
    assert "FEW POSITIVES: about 7 of the rarer class in test" in made.output


def test_new_writes_a_use_case_that_passes_check(project: Path) -> None:
    frame = pd.DataFrame(
        {
            "Kunde Nr.": range(400),
            "Größe: cm": [150 + n % 50 for n in range(400)],
            "gender": ["m", "f"] * 200,
            "note, free": [f"row {n} said something" for n in range(400)],
            "bought?": [n % 3 == 0 for n in range(400)],
        }
    )
    frame.to_csv(project / "data" / "raw" / "shop.csv", index=False)
    made = call("new", "shop", "--data", "data/raw/shop.csv", "--target", "bought?")
    checked = call("check", "configs/shop.yaml")
    again = call("new", "shop", "--data", "data/raw/shop.csv", "--target", "bought?")

    assert made.exit_code == 0, made.output
    assert checked.exit_code == 0, checked.output
    assert again.exit_code != 0
    assert "already" in again.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("new", "shop", "--data", "nothing.csv", "--target", "y"), "nothing.csv"),
        (("new", "shop", "--data", "data/raw/penguins.csv", "--target", "speces"), "species"),
        (("new", "Shop!", "--data", "data/raw/penguins.csv", "--target", "sex"), "Shop!"),
        (("new", "shop", "--data", "data/raw/penguins.csv", "--target", "body_mass_g"), "regression"),
    ],
)
def test_new_refuses_what_it_cannot_use_in_words(project: Path, arguments: tuple[str, ...], said: str) -> None:
    result = call(*arguments)

    assert result.exit_code != 0
    assert said in result.output
    assert not (project / "configs" / "shop.yaml").exists()
