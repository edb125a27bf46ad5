"""The quick parser is used only where it says the same as the careful one: values and places."""

import random
from pathlib import Path

import pytest

from mlops_assets.yaml_files.source import _parse_carefully, _parse_quickly

ROOT = Path(__file__).parents[2]
PIECES = [
    "a",
    "b: ",
    ": ",
    "- ",
    "\n",
    "\n  ",
    " ",
    "#",
    "'",
    '"',
    "[",
    "]",
    "{",
    "}",
    ",",
    "1",
    "é",
    "😀",
    "? ",
    "|",
    ">",
    "\\",
    "~",
    "on",
    "!",
    "&",
    "*",
    "%",
    "@",
]


def disagreement(text: str) -> str:
    quick, careful = _parse_quickly(text, "f"), _parse_carefully(text, "f")
    if quick is None:
        return ""
    same = (quick.data, quick.keys, quick.values) == (careful.data, careful.keys, careful.values)
    return "" if same and not careful.problems else f"{text!r}: {quick.data} {careful.data} {careful.problems}"


@pytest.mark.parametrize("name", ["credit_default", "penguins", "environments/production"])
def test_both_read_the_shipped_files_alike(name):
    """And the quick one is not left unused."""
    text = (ROOT / "configs" / f"{name}.yaml").read_text(encoding="utf-8")

    assert _parse_quickly(text, "f") is not None
    assert disagreement(text) == ""


def test_both_read_small_texts_alike():
    """Of 4,000 seeded texts from the pieces of YAML none is read in two ways."""
    rng = random.Random(11)
    texts = ["a: " + "".join(rng.choices(PIECES, k=rng.randint(1, 9))) for _ in range(4000)]

    assert [found for text in texts if (found := disagreement(text))] == []


def test_both_read_changed_files_alike():
    """Of 150 seeded changes of a shipped file none is read in two ways."""
    text = (ROOT / "configs" / "penguins.yaml").read_text(encoding="utf-8")
    rng = random.Random(12)
    changed = []
    for _ in range(150):
        at = rng.randrange(len(text))
        changed.append(text[:at] + rng.choice(PIECES) + text[at + rng.randint(0, 2) :])

    assert [found for one in changed if (found := disagreement(one))] == []
