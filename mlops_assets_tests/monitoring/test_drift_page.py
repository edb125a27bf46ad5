"""The drift page says the verdict first, then every watched column."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mlops_assets.monitoring.drift_record import ColumnDrift, DriftReport, judge_drift, render_drift
from mlops_assets.monitoring.evidently_report import POLICY
from mlops_assets.pages.html_page import POLICY as OURS

ODD = 'a|b <script>alert(1)</script> "q" שלום' + "x" * 300
PREDICTION = ColumnDrift("probability", "wasserstein", 0.0213, 0.1, False, 6000, 1500, 0.0, 0.0)
COLUMN = ColumnDrift(ODD, "ks", 0.000123456, 0.05, True, 18000, 1500, 0.0, 0.125, "missing values moved")
REPORT = DriftReport((COLUMN,), PREDICTION, {"day": "dates move"}, 18000, 1500, 0.5, 0.3, 200)


def _page(report=REPORT, **more) -> str:
    return render_drift(report, use_case="u", batch="b 1", model="3", **more)


def test_batch_verdict_and_table_come_before_everything_else(read_page):
    """Who opens the page reads what it is about and what follows from it."""
    page = read_page(_page(details="evidently/b 1.html"))
    order = [element.tag for element in page.tree.find("body/main")]

    assert page.text.split("\n")[0].strip() == "" or page.text.strip().startswith("u: drift of b 1")
    assert order[:2] == ["h1", "blockquote"]
    assert page.text.index("Failed.") < page.text.index("Rows of the batch") < page.text.index("p-value")
    assert judge_drift(REPORT).reason in page.text
    assert page.policy == OURS


def test_the_table_has_every_watched_column_with_the_figures_of_the_record(read_page):
    """What drifted comes first; nothing is left out and nothing is printed twice."""
    page = read_page(_page())
    rows = [row for row in page.rows if len(row) == 8][1:]

    assert rows == [
        [ODD, "yes", "0.0001235", "0.05", "ks, p-value", "0 %", "12.5 %", "missing values moved"],
        ["probability", "no", "0.0213", "0.1", "wasserstein, distance", "0 %", "0 %", "\xa0"],
    ]
    assert ["day", "dates move"] in page.rows
    assert {"script"}.isdisjoint(page.tags)


def test_what_could_not_be_compared_is_not_said_to_be_stable(read_page):
    unjudged = replace(PREDICTION, score=None, reason="no finite value in the batch")
    page = read_page(_page(replace(REPORT, columns=(), prediction=unjudged, drifted_share=None)))

    assert next(row for row in page.rows if len(row) == 8 and "–" in row)[:3] == ["probability", "not judged", "–"]
    assert "Not applicable." in page.text


def test_the_details_are_linked_where_there_are_any():
    assert 'href="evidently/b%201.html"' in _page(details="evidently/b 1.html")
    assert "href" not in _page()


@pytest.mark.parametrize("directive", ["default-src 'none'", "script-src 'unsafe-inline'"])
def test_the_page_of_evidently_may_run_what_is_in_it_and_reach_nothing(directive):
    """No directive names an address or a scheme that leads out of the file."""
    assert directive in POLICY
    assert not {"http:", "https:", "*", "connect-src"} & set(POLICY.replace(";", " ").split())
