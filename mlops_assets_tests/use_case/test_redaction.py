"""What came in by a variable, and what an address gives away, never shows again."""

from __future__ import annotations

import json
import logging
from urllib.parse import quote

import pytest

from mlops_assets.errors import ConfigError, DataError
from mlops_assets.redaction import gives_away, hide, redact
from mlops_assets.use_case.loader import load_environment

SECRET = "p@ss 'w\"ö/rd"


@pytest.mark.parametrize("written", [SECRET, quote(SECRET), quote(SECRET, safe=""), repr(SECRET), json.dumps(SECRET)])
def test_a_value_is_hidden_however_a_library_writes_it(written: str) -> None:
    hide("PW", SECRET)
    shown = redact(f"login failed with {written} at 3")

    assert "${PW}" in shown
    assert "rd" not in shown


def test_a_hidden_value_inside_an_assignment_leaves_nothing_of_the_assignment() -> None:
    hide("PW", "hunter2")

    assert redact("password=hunter22, user=a") == "password=***, user=a"
    assert redact("{password=hunter2}") == "{password=***}"
    assert redact("password=x-hunter2-y;") == "password=***;"


def test_parts_of_an_address_are_hidden_by_themselves() -> None:
    hide("URL", "postgresql://anna:hunter%212@db.example/base?sslkey=open-sesame")

    assert redact("password authentication failed: hunter!2, hunter%212, open-sesame") == (
        "password authentication failed: ${URL}, ${URL}, ${URL}"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://h/api?token=abc&x=1 failed", "https://h/api?token=***&x=*** failed"),
        ("with url: /api?sig=a%2Fb (Caused by", "with url: /api?sig=*** (Caused by"),
        ("host=h password='a b' dbname=x", "host=h password=*** dbname=x"),
        ('{"api_key": "abc", "rows": 3}', '{"api_key": ***, "rows": 3}'),
        ("AWS_SECRET_ACCESS_KEY=abc", "AWS_SECRET_ACCESS_KEY=***"),
        ("data.columns.password: the value is missing", "data.columns.password: the value is missing"),
        ("the token of row 3", "the token of row 3"),
    ],
)
def test_what_the_form_of_a_text_gives_away_is_hidden_and_nothing_else(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_no_part_of_a_deliberate_error_shows_a_secret() -> None:
    hide("PW", "hunter2")
    error = DataError("hunter2 is wrong", where="a/hunter2", got="hunter2", fix="export PW=hunter2")
    faulty = ConfigError(["x.yaml:1:1: hunter2"])

    assert "hunter2" not in f"{error} {error.what} {error.where} {error.got} {error.fix} {faulty} {faulty.problems}"


def test_no_log_record_shows_a_secret_whoever_writes_it(caplog: pytest.LogCaptureFixture) -> None:
    hide("PW", "hunter2")
    logger = logging.getLogger("some.driver")
    logger.error("cannot log in with %s", "hunter2")
    try:
        raise ValueError("hunter2")
    except ValueError:
        logger.exception("it failed")

    assert "hunter2" not in caplog.text
    assert "cannot log in with ${PW}" in caplog.text
    assert "ValueError: ${PW}" in caplog.text


def test_the_cause_of_an_error_counts_as_shown() -> None:
    hide("PW", "hunter2")
    error = RuntimeError("it failed")
    assert not gives_away(error)
    error.__cause__ = ValueError("hunter2")
    assert gives_away(error)


@pytest.mark.parametrize(
    "text",
    [
        "mlflow: {tracking_uri: 'http://h/a?token=hunter2'}",
        "mlflow: {tracking_uri: \"host=h password='hunter2'\"}",
        "notifications: [{sink: file, params: {path: 'a?api_key=hunter2'}}]",
    ],
)
def test_a_secret_in_a_query_or_an_assignment_is_refused_in_the_file(tmp_path, text: str) -> None:
    path = tmp_path / "local.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="the text contains a secret") as caught:
        load_environment(path, {})

    assert "hunter2" not in str(caught.value)


def test_a_value_is_hidden_from_the_moment_that_its_file_is_loaded(tmp_path) -> None:
    path = tmp_path / "local.yaml"
    path.write_text("mlflow: {tracking_uri: 'https://u:${WORD}@h/a?token=${WORD}'}", encoding="utf-8")
    environment = load_environment(path, {"WORD": "open sesame"})

    assert "open sesame" in str(environment.mlflow.tracking_uri)
    assert "open sesame" not in str(DataError("connection refused", got="user u, word 'open sesame'"))
