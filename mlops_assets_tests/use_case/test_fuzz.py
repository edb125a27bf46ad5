"""Whatever happens to a shipped YAML, it loads or is answered by lines that name the place."""

import random
import re
from pathlib import Path

import pytest

from mlops_assets.errors import ConfigError
from mlops_assets.use_case.loader import load_use_case
from mlops_assets.yaml_files.document import Document
from mlops_assets.yaml_files.reading import parse_document

LINE = re.compile(r"^[^:]+:\d+:\d+: ")
VALUES = (
    "null",
    "true",
    "0",
    "-1",
    "1e400",
    "text",
    "''",
    "[]",
    "{}",
    "[1, a]",
    "{a: 1}",
    "2024-02-30",
    "*x",
    "&x 1",
    "9" * 500,
)
SHIPPED = Path(__file__).parents[2] / "configs" / "credit_default.yaml"


def offset_of(text: str, line: int, column: int) -> int:
    lines = text.splitlines(keepends=True)
    return sum(len(other) for other in lines[: line - 1]) + column - 1


def token_end(text: str, start: int) -> int:
    found = re.compile(r"[,}\]\n:]").search(text, start)
    return found.start() if found else len(text)


def delete_line(text: str, _: Document, rng: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    del lines[rng.randrange(len(lines))]
    return "".join(lines)


def duplicate_line(text: str, _: Document, rng: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    at = rng.randrange(len(lines))
    return "".join([*lines[:at], lines[at], *lines[at:]])


def truncate(text: str, _: Document, rng: random.Random) -> str:
    return text[: rng.randrange(len(text))]


def rename_key(text: str, document: Document, rng: random.Random) -> str:
    position = rng.choice(list(document.keys.values()))
    start = offset_of(text, position.line, position.column)
    return text[:start] + rng.choice("xé: #0") + text[start:]


def retype_value(text: str, document: Document, rng: random.Random) -> str:
    position = rng.choice(list(document.values.values()))
    start = offset_of(text, position.line, position.column)
    return text[:start] + rng.choice(VALUES) + text[token_end(text, start) :]


def drop_character(text: str, _: Document, rng: random.Random) -> str:
    at = rng.randrange(len(text))
    return text[:at] + rng.choice(["", "\t", "\x00", "'", ":", "[", "\u2028", "\ufeff"]) + text[at + 1 :]


def problems_of_file(path: Path) -> tuple[str, ...] | None:
    try:
        load_use_case(path)
    except ConfigError as error:
        return error.problems
    return None


CHANGES = (delete_line, duplicate_line, truncate, rename_key, retype_value, drop_character)


@pytest.mark.slow
def test_every_variant_of_the_shipped_file_loads_or_says_where_it_is_wrong(tmp_path):
    """Of 300 seeded variants none ends in anything but a use case or lines `file:line:column: …`."""
    text = SHIPPED.read_text(encoding="utf-8")
    document = parse_document(text, "credit_default.yaml")
    path = tmp_path / "credit_default.yaml"
    rng = random.Random(20050401)
    answers = []
    for number in range(300):
        path.write_text(CHANGES[number % len(CHANGES)](text, document, rng), encoding="utf-8", newline="")
        answers.append(problems_of_file(path))

    refused = [lines for lines in answers if lines is not None]
    odd = [line for lines in refused for line in lines if not LINE.match(line) or len(line.splitlines()) != 1]
    assert odd == []
    assert all(refused)
    assert len(refused) > 150


def test_every_renamed_key_is_reported_at_its_line(tmp_path):
    """A key with a letter too many is reported where it stands, or where a column of that name is asked for."""
    text = SHIPPED.read_text(encoding="utf-8")
    document = parse_document(text, "credit_default.yaml")
    path = tmp_path / "credit_default.yaml"
    free = {("data", "columns"), ("assurance", "fairness", "bins")}
    keys = [p for p in document.keys if p[:-1] not in free and "allowed" not in p and isinstance(p[-1], str)]
    for key in random.Random(7).sample(keys, 60):
        position = document.keys[key]
        start = offset_of(text, position.line, position.column)
        path.write_text(text[:start] + "z" + text[start:], encoding="utf-8")
        with pytest.raises(ConfigError) as caught:
            load_use_case(path)

        places = [line.split(": ")[0].removeprefix(str(path)) for line in caught.value.problems]
        assert f":{position.line}:{position.column}" in places, (key, caught.value.problems)
        assert f"did you mean '{key[-1]}'?" in str(caught.value)
