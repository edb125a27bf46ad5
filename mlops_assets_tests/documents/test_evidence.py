"""Figures, tables and their origin."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from mlops_assets.documents.evidence import CardEvidence, Origin, Table, fact, table

PLACE = Origin("a/b", "r1", "2026-01-02T03:04:05+00:00")


def test_figure_and_table_remember_their_materialization():
    """Asset, run and time travel with every piece of evidence."""
    assert fact(PLACE, 0.5).origin == PLACE
    assert table(PLACE, ("x",), ((1,),)).origin == PLACE


def test_together_the_right_one_holds():
    """Of two pieces of one key, the later one counts; all others are kept."""
    left = CardEvidence({"a": fact(PLACE, 1), "b": fact(PLACE, 2)}, {}, {"m": "1"})
    both = left | CardEvidence({"a": fact(PLACE, 3)}, {"t": table(PLACE, ("x",), ())}, {"n": "2"})

    assert {key: found.value for key, found in both.facts.items()} == {"a": 3, "b": 2}
    assert set(both.tables) == {"t"}
    assert both.fingerprints == {"m": "1", "n": "2"}


def test_row_of_another_length_is_refused():
    """A table never loses or shifts a cell."""
    with pytest.raises(ValueError, match="row 1 of a table has not 2 cells"):
        Table(("a", "b"), ((1, 2), (1,)))


def test_evidence_survives_json():
    """Evidence is stored as JSON and comes back the same, whole numbers, texts and truths among it."""
    evidence = CardEvidence(
        {"a": fact(PLACE, True), "b": fact(PLACE, 3), "c": fact(PLACE, "x")}, {"t": table(PLACE, ("x",), ((1,),))}
    )
    adapter = TypeAdapter(CardEvidence)
    back = adapter.validate_json(adapter.dump_json(evidence))

    assert back == evidence
    assert [type(found.value) for found in back.facts.values()] == [bool, int, str]
