"""How alerts leave: on the console and in a file."""

from __future__ import annotations

import json
import threading

import pytest

from mlops_assets import plugins
from mlops_assets.alerts import Alert
from mlops_assets.errors import MlopsAssetsError
from mlops_assets.plugins.sinks import console, file
from mlops_assets.verdicts import Outcome


def _sunk(description: str = "drift\nof AGE") -> Alert:
    return Alert(
        "credit", "credit/drift", "no_drift", Outcome.FAILED, "error", description, "r1", "2026-01-02T03:04:05+00:00"
    )


@pytest.mark.parametrize("name", plugins.names("sink"))
def test_every_sink_meets_its_protocol_with_its_defaults(name):
    """A sink can be named in YAML without parameters."""
    module = plugins.load("sink", name)

    assert callable(module.send)
    assert module.Params() == module.Params()


def test_console_writes_one_line_to_standard_error(tmp_path, capsys):
    """People see one line, on the error stream."""
    console.send(_sunk(), console.Params(), tmp_path)
    captured = capsys.readouterr()

    assert captured.out == ""
    assert captured.err == f"{_sunk().to_text()}\n"


def test_file_appends_a_line_of_json_below_the_root(tmp_path):
    """Folders are made, earlier lines are kept."""
    params = file.Params(path="some/where/alerts.jsonl")
    file.send(_sunk("first"), params, tmp_path)
    file.send(_sunk("second"), params, tmp_path)
    lines = (tmp_path / "some/where/alerts.jsonl").read_text(encoding="utf-8").splitlines()

    assert [json.loads(line)["description"] for line in lines] == ["first", "second"]


def test_absolute_path_is_taken_as_it_is(tmp_path):
    """A path outside the project is allowed."""
    target = tmp_path / "outside.jsonl"
    file.send(_sunk(), file.Params(path=str(target)), tmp_path / "project")

    assert json.loads(target.read_text(encoding="utf-8"))["asset"] == "credit/drift"


def test_line_that_a_killed_writer_left_is_closed_first(tmp_path):
    """An alert never joins half a line."""
    (tmp_path / "a.jsonl").write_text('{"half', encoding="utf-8")
    file.send(_sunk(), file.Params(path="a.jsonl"), tmp_path)
    half, whole = (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()

    assert half == '{"half'
    assert json.loads(whole)["check"] == "no_drift"


def test_many_senders_do_not_mix_their_lines(tmp_path):
    """Each alert is one write, so every line is whole."""
    params = file.Params(path="a.jsonl")
    senders = [threading.Thread(target=file.send, args=(_sunk("x" * 5000), params, tmp_path)) for _ in range(16)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    lines = (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()

    assert [len(json.loads(line)["description"]) for line in lines] == [5000] * 16


def test_file_that_cannot_be_written_is_one_clear_error(tmp_path):
    """A folder in place of the file is said with the parameter to correct."""
    (tmp_path / "a.jsonl").mkdir()

    with pytest.raises(MlopsAssetsError, match=r"a\.jsonl: an alert cannot be written.*fix: correct params\.path"):
        file.send(_sunk(), file.Params(path="a.jsonl"), tmp_path)
