"""Evidence of several assets comes together without losing a piece."""

from __future__ import annotations

import pytest

from mlops_assets.documents.evidence import CardEvidence, Fact, Origin, Table

PLACE = Origin("a/b", "r1", "2026-01-02T03:04:05+00:00")


def test_together_the_right_one_holds():
    """Of two pieces of one key, the later one counts; all others are kept."""
    left = CardEvidence({"a": Fact(PLACE, 1), "b": Fact(PLACE, 2)}, {}, {"m": "1"})
    both = left | CardEvidence({"a": Fact(PLACE, 3)}, {"t": Table(PLACE, ("x",), ())}, {"n": "2"})

    assert {key: found.value for key, found in both.facts.items()} == {"a": 3, "b": 2}
    assert set(both.tables) == {"t"}
    assert both.fingerprints == {"m": "1", "n": "2"}


def test_row_of_another_length_is_refused():
    """A table never loses or shifts a cell."""
    with pytest.raises(ValueError, match="row 1 of a table does not have 2 cells"):
        Table(PLACE, ("a", "b"), ((1, 2), (1,)))
