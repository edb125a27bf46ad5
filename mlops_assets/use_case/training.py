"""The `training:` section: families, search, calibration, threshold and how the result is evaluated."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mlops_assets.plugins.declarations import Choice, Range, Scalar
from mlops_assets.use_case.base import Seed
from mlops_assets.use_case.metrics import SearchMetric
from mlops_assets.yaml_files.model import Model


class Family(Model):
    """How one model family is searched. Defaults are those of the plugin."""

    space: dict[str, Range | Choice] = {}
    """Parameters to search over, replacing the plugin's space for these names."""
    fixed: dict[str, Scalar] = {}
    """Parameters with a fixed value, which are not searched."""

    @model_validator(mode="after")
    def _searched_or_fixed(self) -> Self:
        both = [name for name in self.fixed if name in self.space]
        if both:
            raise ValueError(f"{both[0]!r} is in space and in fixed: a parameter is searched or fixed, not both")
        return self


class Search(Model):
    """How family, feature set and hyperparameters are searched for: Optuna's seeded TPE, pruned by median.

    Cross-validated on the training split; the folds follow `data.splits.method`, and encoders and selection are fitted
    inside each fold.
    """

    trials: Annotated[int, Field(ge=1, le=10_000)] = 12
    """Trials over all families together. The defaults of every family are always tried, even with fewer trials."""
    folds: Annotated[int, Field(ge=2, le=20)] = 3
    """Folds of the cross-validation: stratified, grouped or temporal, like `data.splits.method`."""
    metric: SearchMetric = "auc"
    """Metric that is optimised."""
    rows: Annotated[int, Field(ge=100)] | None = None
    """Training rows that the search uses (whole groups of grouped rows); if omitted, all. The chosen trial is refitted
    on all rows."""
    timeout_seconds: Annotated[int, Field(ge=1)] | None = None
    """No further trial starts after this time. With a timeout the result depends on the machine."""
    seed: Seed = 13
    """Seed of sampler, folds and models."""


class Calibration(Model):
    """How scores become probabilities, fitted on the calibration split."""

    method: Literal["auto", "none", "sigmoid", "isotonic"] = "auto"
    """The model's own probabilities, Platt scaling or isotonic regression; auto chooses by cross-validation."""


class Threshold(Model):
    """How a probability becomes a decision, fitted on the calibration split."""

    rule: Literal["max_f1_positive", "max_f1_macro", "selection_rate", "cost", "fixed"] = "max_f1_macro"
    """Best F1 of the positive class, best macro F1, a share of selected rows, lowest expected cost, or a fixed
    number."""
    value: Annotated[float, Field(ge=0, le=1)] | None = None
    """The threshold (rule fixed) or the share of rows at or above it (rule selection_rate)."""
    false_positive_cost: Annotated[float, Field(gt=0)] = 1.0
    """Cost of a false positive (rule cost)."""
    false_negative_cost: Annotated[float, Field(gt=0)] = 1.0
    """Cost of a false negative (rule cost)."""

    @model_validator(mode="after")
    def _value_where_needed(self) -> Self:
        if self.rule in ("fixed", "selection_rate") and self.value is None:
            raise ValueError(f"rule {self.rule} needs a value between 0 and 1")
        if self.rule not in ("fixed", "selection_rate") and self.value is not None:
            raise ValueError(f"rule {self.rule} finds the threshold by itself: take value out, or set rule: fixed")
        return self


class Evaluation(Model):
    """How the model is measured, on the test split."""

    bootstrap: Annotated[int, Field(ge=100, le=100_000)] = 1000
    """Number of resamples of the test rows for each interval."""
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    """Coverage of the percentile interval."""
    seed: Seed = 19
    """Seed of the resampling."""


class Training(Model):
    """The `training:` section."""

    families: Annotated[dict[str, Family], Field(min_length=1)] = {
        "logistic_regression": Family(),
        "random_forest": Family(),
        "hist_gradient_boosting": Family(),
    }
    """Model families to search over, by the name of their plugin."""
    search: Search = Search()
    """The search."""
    calibration: Calibration = Calibration()
    """The calibration."""
    threshold: Threshold = Threshold()
    """The threshold."""
    baseline: str = "auto"
    """What the model is compared with: `auto`, the best of the families at its defaults on the raw inputs by
    cross-validation, or the name of one of them. It is trial 0 of the search, and it is chosen as the model if no other
    trial is better by more than one standard error."""
    baseline_margin: Annotated[float, Field(ge=0, lt=0.5)] = 0.005
    """AUC that the model may lose against the baseline and still count as not worse (non-inferiority)."""
    evaluation: Evaluation = Evaluation()
    """The evaluation."""
