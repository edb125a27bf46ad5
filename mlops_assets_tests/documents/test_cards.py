"""What the cards say, from evidence and without it."""

from __future__ import annotations

import re

import pytest

from mlops_assets.documents.cards import render_data_card, render_model_card
from mlops_assets.documents.evidence import CardEvidence, Fact, Table
from mlops_assets.pages.html_page import to_html
from mlops_assets.verdicts import MetricValue

CARDS = [render_model_card, render_data_card]


@pytest.mark.parametrize("render", CARDS)
def test_missing_evidence_is_named_with_the_asset_that_would_bring_it(card_use_case, render):
    """Without evidence every figure is printed as not measured, and none is left out or made up."""
    text = render(card_use_case, CardEvidence())
    values = re.findall(r"^\| [^|]+ \| ([^|]+) \|$", text.split("## Provenance")[0], flags=re.MULTILINE)
    figures = [value for value in values if value not in ("Value", "---:")]

    assert figures
    assert all(re.fullmatch(r"not measured: awkward/\w+ has not been materialized", value) for value in figures)
    assert "No asset that this card uses has been materialized." in text
    assert "[^" not in text


def test_model_card_has_every_section_in_order(card_use_case):
    """Sections stay where they are whether there is evidence or not."""
    text = render_model_card(card_use_case, CardEvidence())

    assert re.findall(r"^## (.+)$", text, flags=re.MULTILINE) == [
        "Checks",
        "Model details",
        "Intended use",
        "Data",
        "Metrics",
        "Calibration",
        "Decision threshold",
        "Fairness",
        "Explanations",
        "Privacy",
        "Limitations",
        "Ethical considerations",
        "Provenance",
    ]


def test_data_card_has_every_section_in_order(card_use_case):
    """Sections stay where they are whether there is evidence or not."""
    text = render_data_card(card_use_case, CardEvidence())

    assert re.findall(r"^## (.+)$", text, flags=re.MULTILINE) == [
        "Motivation",
        "Composition",
        "Collection",
        "Validation and cleaning",
        "Splits",
        "Uses",
        "Privacy",
        "Distribution",
        "Limitations",
        "Provenance",
    ]


def test_figure_shows_interval_baseline_and_citation(card_use_case, origin):
    """A metric stands beside the baseline's, each with its interval and the number of its materialization."""
    evidence = CardEvidence(
        {
            "evaluation/auc": Fact(origin("evaluation"), MetricValue(0.78123, 0.77, 0.79)),
            "baseline/auc": Fact(origin("evaluation"), MetricValue(0.7, 0.69, 0.71)),
        }
    )
    text = render_model_card(card_use_case, evidence)

    assert "| area under the ROC curve | higher | 0.7812 [0.77, 0.79][^1] | 0.7 [0.69, 0.71][^1] |" in text
    assert "[^1]: awkward/evaluation, run r1, materialized 2026-01-02T03:04:05+00:00" in text


def test_every_citation_leads_to_one_note(card_use_case, origin):
    """Each materialization is one note, each number in the text has a note, and pages link them."""
    evidence = CardEvidence(
        {
            "model/family": Fact(origin("model"), "logistic_regression"),
            "tuning/trials": Fact(origin("tuning"), 14),
            "evaluation/rows": Fact(origin("evaluation", "r2"), 6000),
            "evaluation/positives": Fact(origin("evaluation", "r2"), 1327),
        },
        {"data/splits": Table(origin("splits"), ("Split", "Rows"), (("train", 18000),))},
    )
    text = render_model_card(card_use_case, evidence)
    used = set(re.findall(r"\[\^(\d+)\](?!:)", text))
    notes = re.findall(r"^\[\^(\d+)\]:", text, flags=re.MULTILINE)

    assert sorted(used) == sorted(notes) == ["1", "2", "3", "4"]
    assert to_html(text, "card").count('class="footnote-ref"') == 5


def test_materialized_asset_without_the_figure_is_told_from_one_that_never_ran(card_use_case, origin):
    """Where the asset ran and the figure is not there, the card does not claim that it never ran."""
    text = render_model_card(card_use_case, CardEvidence({"model/family": Fact(origin("model"), "x")}))

    assert "| Features | not measured: awkward/model has no such value |" in text


@pytest.mark.parametrize("value", [None, float("nan")])
def test_figure_without_a_value_gives_its_reason_and_source(card_use_case, origin, value):
    """A figure that could not be measured is never printed as a number."""
    evidence = CardEvidence({"evaluation/auc": Fact(origin("evaluation"), value, detail="one class only")})

    assert "not measured: one class only[^1]" in render_model_card(card_use_case, evidence)


def test_evidence_about_different_models_is_warned_of(card_use_case):
    """Figures of one model are not passed off as another's."""
    mixed = CardEvidence(fingerprints={"awkward/evaluation": "a" * 64, "awkward/fairness": "b" * 64})
    same = CardEvidence(fingerprints={"awkward/evaluation": "a" * 64, "awkward/fairness": "a" * 64})

    assert "evidence below is about different models" in render_model_card(card_use_case, mixed)
    assert "different models" not in render_model_card(card_use_case, same)


def test_evidence_that_no_section_knows_is_printed_at_the_end(card_use_case, origin):
    """Nothing that was handed over is dropped."""
    evidence = CardEvidence(
        {"robustness/worst|auc": Fact(origin("robustness"), 0.61)},
        {"robustness/table": Table(origin("robustness"), ("Noise", "AUC"), ((0.1, 0.7),))},
    )
    text = render_model_card(card_use_case, evidence)

    assert "## Further evidence" in text
    assert r"| robustness/worst\|auc | 0.61[^1] |" in text
    assert "| 0.1 | 0.7 |" in text


def test_empty_table_says_why(card_use_case, origin):
    """A table without rows is not the same as a table that was never made."""
    evidence = CardEvidence(
        tables={"data/findings": Table(origin("validated"), ("Rule",), (), detail="no rule was broken")}
    )

    assert "Findings of validation[^1]\n\nno rule was broken" in render_data_card(card_use_case, evidence)


def test_use_case_without_protected_attributes_says_that_fairness_is_not_applicable(card_use_case):
    """No attribute means that nothing is known, and the card says so."""
    columns = {
        name: column.model_copy(update={"sensitive": False}) for name, column in card_use_case.data.columns.items()
    }
    plain = card_use_case.model_copy(update={"data": card_use_case.data.model_copy(update={"columns": columns})})

    assert "Not applicable: no protected attribute is declared" in render_model_card(plain, CardEvidence())


@pytest.mark.parametrize("render", CARDS)
def test_awkward_names_are_printed_as_they_are(card_use_case, origin, read_page, render):
    """Markup in names, words and figures is shown, and never obeyed."""
    odd = "a|b <script>alert(1)</script>"
    place = origin("model")
    evidence = CardEvidence({"model/family": Fact(place, odd, "<b>|")}, {odd: Table(place, (odd,), ((odd,),))})
    html = to_html(render(card_use_case, evidence), "card")
    page = read_page(html)

    assert {"script", "b", "i", "em"}.isdisjoint(page.tags)
    assert "javascript:" not in "".join(re.findall(r'href="([^"]*)"', html))
    assert [odd] in page.rows
    assert "# Not a heading & <b>not bold</b>." in page.text or render is render_data_card


def test_data_card_lists_every_column_with_its_declared_values(card_use_case, read_page):
    """The table of columns says type, role, bounds, codes and what is undocumented."""
    page = read_page(to_html(render_data_card(card_use_case, CardEvidence()), "card"))

    assert ["a|b <script>alert(1)</script>", "number", "feature", "0 to 1,000,000", "*not* `code` | pipe"] in page.rows
    assert [
        "sex [x](javascript:alert(1))",
        "category",
        "feature, protected",
        "1 m|n, 2 f; undocumented: 0",
        "\xa0",
    ] in page.rows


@pytest.mark.parametrize("render", CARDS)
def test_same_evidence_gives_the_same_bytes(card_use_case, origin, render):
    """A card holds no clock and no random part."""
    evidence = CardEvidence({"model/family": Fact(origin("model"), "x")})

    assert to_html(render(card_use_case, evidence), "t") == to_html(render(card_use_case, evidence), "t")


def test_a_materialization_is_listed_once(card_use_case, origin, read_page):
    """Provenance is the list of notes, and no second table of the same."""
    evidence = CardEvidence({"model/family": Fact(origin("model"), "x"), "model/rows": Fact(origin("model"), 1)})
    text = render_model_card(card_use_case, evidence)
    page = read_page(render_model_card(card_use_case, evidence, as_page=True))

    assert text.count("run r1, materialized") == 1
    assert page.text.count("run r1, materialized") == 1


def test_numbers_of_every_table_stand_on_the_right(card_use_case, origin, read_page):
    """Counts, figures and intervals are aligned, words are not."""
    evidence = CardEvidence(
        {"evaluation/rows": Fact(origin("evaluation"), 6000), "evaluation/positives": Fact(origin("evaluation"), 1327)},
        {
            "fairness/g": Table(
                origin("fairness"), ("Group", "Rate"), (("a", MetricValue(0.25, 0.2, 0.3)), ("b", MetricValue(None)))
            )
        },
    )
    page = read_page(render_model_card(card_use_case, evidence, as_page=True))
    rights = {"".join(cell.itertext()) for cell in page.tree.iter("td") if "right" in cell.get("style", "")}

    assert {"6,0001", "1,3271", "0.25 [0.2, 0.3]", "not measured"} <= rights
    assert not {"a", "b", "Test rows"} & rights
