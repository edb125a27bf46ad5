"""The `monitoring:` section: drift of incoming batches, and when the lifecycle starts over."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlops_assets.use_case.base import Cron, Model, Share


class Drift(Model):
    """How a batch is compared with the training reference, by Evidently."""

    numeric_method: Literal["wasserstein", "ks", "psi", "jensenshannon"] = "wasserstein"
    """Method for numeric columns. `wasserstein` is normed by the reference's standard deviation."""
    category_method: Literal["jensenshannon", "psi", "chisquare", "TVD"] = "jensenshannon"
    """Method for categories."""
    threshold: Annotated[float, Field(gt=0)] = 0.1
    """A column drifts where a distance is above it, or a p-value (ks, chisquare) is below it."""
    columns: tuple[str, ...] | None = None
    """Input columns to watch; all model inputs where it is left out. The prediction is always watched."""
    maximum_share: Share = 0.0
    """Largest share of watched columns that may drift before the batch fails."""
    minimum_rows: Annotated[int, Field(ge=1)] = 200
    """A smaller batch is not judged: the outcome is not applicable."""


class Automation(Model):
    """What happens by itself. Everything here needs the Dagster daemon (`make ui` starts it)."""

    retrain_schedule: Cron | None = "0 6 1 * *"
    """When the whole lifecycle is run again; never where it is null."""
    timezone: str = "UTC"
    """Time zone of the schedule and the cooldown, an IANA name."""
    retrain_on_drift: bool = True
    """Whether a batch that fails its drift check starts a new search."""
    cooldown: Cron = "0 0 * * *"
    """After a retraining no further one is started by drift before the next tick of this."""


class Monitoring(Model):
    """The `monitoring:` section."""

    drift: Drift = Drift()
    """Drift."""
    automation: Automation = Automation()
    """Automation."""
