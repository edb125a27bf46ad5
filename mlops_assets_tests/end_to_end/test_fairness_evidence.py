"""The figures of fairness that are stored and judged, recomputed from the stored tables by other means."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlops_assets.assurance.fairness import FairnessReport
from mlops_assets.data.splits import SPLIT
from mlops_assets.release.evidence import Evidence
from mlops_assets.runner.execution import Outcome
from mlops_assets.stores.bundles import load_bundle
from mlops_assets.stores.tables import load_record, load_table
from mlops_assets_tests.end_to_end.conftest import USE_CASE

Lived = tuple[Path, Outcome, list[str]]
TARGET, SEXES = "default payment next month", {1: "male", 2: "female"}

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


def stored(folder: Path, noun: str, suffix: str = ".json") -> Path:
    return folder / "data" / "generated" / USE_CASE / noun / f"{noun}{suffix}"


def scored_rows(folder: Path) -> pd.DataFrame:
    """Return the test rows with sex, outcome and probability, each joined by the row's name."""
    tables = [load_table(stored(folder, noun, ".parquet")).set_index("__row__") for noun in ("validated", "splits")]
    rows = tables[0].join(tables[1][[SPLIT]])
    rows = rows[rows[SPLIT] == "test"]
    bundle = load_bundle(stored(folder, "model", ""))
    features = load_table(stored(folder, "features", ".parquet")).set_index("__row__").loc[rows.index]
    raw = bundle.estimator.predict_proba(features[list(bundle.pipeline.names)])[:, 1]
    p = bundle.calibrator.apply(raw)
    found = pd.DataFrame({"sex": rows["SEX"].astype(int), "y": (rows[TARGET].astype(int) == 1).astype(int), "p": p})
    return found.assign(flagged=found["p"] >= bundle.threshold.value)


def test_rates_of_groups_are_of_the_served_decisions_on_the_test_split(lived: Lived) -> None:
    """Not of the training rows, not of uncalibrated scores, and a probability at the threshold is flagged."""
    from sklearn.metrics import roc_auc_score

    rows = scored_rows(lived[0])
    report = load_record(stored(lived[0], "fairness"), FairnessReport)
    kept = 1 - rows.groupby("sex")["flagged"].mean()

    assert (report.rows, report.positives) == (len(rows), int(rows["y"].sum()))
    assert (report.selected, report.direction_confirmed) == (f"{TARGET} = no", True)
    for group in report.attributes["SEX"].groups:
        own = rows[rows["sex"].map(SEXES) == group.label]
        expected = {
            "selection_rate": 1 - own["flagged"].mean(),
            "base_rate": own["y"].mean(),
            "tpr": own["flagged"][own["y"] == 1].mean(),
            "fpr": own["flagged"][own["y"] == 0].mean(),
            "ppv": own["y"][own["flagged"]].mean(),
            "auc": roc_auc_score(own["y"], own["p"]),
            "observed_over_expected": own["y"].sum() / own["p"].sum(),
        }
        assert {name: figure.value for name, figure in group.measures.items()} == pytest.approx(expected)
    parity = report.attributes["SEX"].metrics["demographic_parity_ratio"].value
    assert parity == pytest.approx(kept.min() / kept.max())


def test_gates_get_the_figures_with_their_notes_positives_and_confidence(lived: Lived) -> None:
    report = load_record(stored(lived[0], "fairness"), FairnessReport)
    evidence = load_record(stored(lived[0], "release_evidence"), Evidence)

    for name, attribute in report.attributes.items():
        key = f"fairness.demographic_parity_ratio[{name}]"
        assert evidence.metrics[key] == attribute.metrics["demographic_parity_ratio"]
        assert evidence.notes[key] == attribute.remarks("demographic_parity_ratio")
    assert evidence.positives == {"evaluation": report.positives, "fairness": report.positives}
    assert evidence.confidence == {"evaluation": 0.95, "fairness": 0.95}
    assert evidence.metrics["evaluation.positives"].value == report.positives
    assert np.isfinite(evidence.metrics["evaluation.rows"].value)
