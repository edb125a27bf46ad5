"""Commands in messages: as this shell takes them."""

import sys
from pathlib import Path

import pytest

from mlops_assets import settings


@pytest.fixture
def environment_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with its `.venv`, not on the PATH of the shell, as `make` leaves it."""
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("python", "mlops-assets"):
        (programs / name).touch()
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(sys, "executable", str(programs / "python"))
    monkeypatch.setenv("PWD", str(tmp_path))
    return programs


def test_a_command_is_called_by_its_path_where_the_shell_does_not_find_it(environment_of_its_own: Path) -> None:
    text = "there is nothing; fix: mlops-assets run penguins"

    assert settings.pasteable(text) == "there is nothing; fix: .venv/bin/mlops-assets run penguins"


def test_from_another_folder_the_path_is_whole(environment_of_its_own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PWD", "/somewhere/else")

    assert settings.pasteable("mlops-assets plan a") == f"{environment_of_its_own}/mlops-assets plan a"


def test_a_command_that_the_shell_finds_is_called_by_its_name(
    environment_of_its_own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (environment_of_its_own / "mlops-assets").chmod(0o755)
    monkeypatch.setenv("PATH", str(environment_of_its_own))

    assert settings.pasteable("mlops-assets run a") == "mlops-assets run a"


def test_the_name_of_the_package_is_no_command(environment_of_its_own: Path) -> None:
    for text in ("a command of mlops-assets (process 3)", ".venv/bin/mlops-assets run a", "mlops-assets is a package"):
        assert settings.pasteable(text) == text
