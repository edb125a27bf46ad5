"""The `monitoring:` section: drift of incoming batches, and when the lifecycle starts over."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlops_assets.use_case.base import Cron, Share
from mlops_assets.use_case.data import Column
from mlops_assets.yaml_files.model import Model

_ROLES = {
    "identifier": "an identifier is new in every row, and is not compared",
    "group": "a group is new in every batch, and is not compared",
    "time": "a time moves by itself, and is not compared",
    "ignore": "a column to ignore may be absent, and is not compared",
}
_TYPES = {"date": "a date moves by itself, and is not compared", "text": "a free text is not compared"}


def not_compared(column: Column) -> str:
    """Return why a column is never watched for drift, empty where it may be.

    The calendar moves by itself and an identifier is new by design: either would "drift" in every batch, and start
    one retraining after the other.
    """
    if column.calendar:
        return "a part of the calendar moves by itself, and is not compared"
    return _ROLES.get(column.role) or _TYPES.get(column.type, "")


class Drift(Model):
    """How a batch is compared with the training reference, by Evidently."""

    numeric_method: Literal["wasserstein", "ks", "psi", "jensenshannon"] = "wasserstein"
    """Method for numeric columns and the prediction. `wasserstein` is in standard deviations of the reference,
    `ks` gives a p-value, `psi` is Evidently's index over equal-width bins, not the one over deciles."""
    category_method: Literal["jensenshannon", "psi", "chisquare"] = "jensenshannon"
    """Method for categories and booleans. `chisquare` gives a p-value, which is 0 for an unseen value."""
    threshold: Annotated[float, Field(gt=0)] = 0.15
    """A numeric column drifts if its distance is above this."""
    category_threshold: Annotated[float, Field(gt=0)] = 0.1
    """A category drifts if its distance is above this."""
    significance: Annotated[float, Field(gt=0, lt=1)] = 0.001
    """A column drifts if its p-value is below this (methods ks and chisquare)."""
    maximum_missing_change: Share = 0.1
    """A column also drifts if its share of missing values differs from that of the reference by more than this."""
    columns: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """Raw columns to watch; if omitted, all that the model reads and all protected attributes. The
    prediction is always watched; dates, columns with `calendar: true` or a role other than feature, and free texts
    never are."""
    maximum_share: Share = 0.0
    """Largest share of watched columns that may drift without failing the batch. A drifted prediction always fails
    it."""
    minimum_rows: Annotated[int, Field(ge=1)] = 500
    """A smaller batch is not tested, and the outcome is not applicable. Small batches differ by chance alone."""


class Automation(Model):
    """What happens automatically. It needs the Dagster daemon (`make ui` starts it)."""

    retrain_schedule: Cron | None = "0 6 1 * *"
    """When the whole lifecycle runs again, a cron expression; null means never."""
    timezone: str = "UTC"
    """Time zone of the schedule and the cooldown, an IANA name."""
    retrain_on_drift: bool = True
    """Whether a batch that fails its drift check starts a new search."""
    cooldown: Cron = "0 0 * * *"
    """After a retraining, drift starts no further one before the next tick of this cron expression."""


class Monitoring(Model):
    """The `monitoring:` section."""

    drift: Drift = Drift()
    """Drift."""
    automation: Automation = Automation()
    """Automation."""
