"""The `release:` section: the gates a model must pass, and where it is registered."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlops_assets.use_case.metrics import NO_SKILL
from mlops_assets.yaml_files.model import Model, Slug


class AcceptUncertain(Model):
    """When an interval that includes the limit is acceptable: if the gate would probably have failed a bad model."""

    minimum_positives: Annotated[int, Field(ge=1)]
    """Smallest number of positive test rows."""
    minimum_power: Annotated[float, Field(ge=0.5, lt=1)]
    """Lowest probability that the gate would have failed a model whose true metric is `unacceptable`."""
    unacceptable: float | None = None
    """A value beyond the limit that must not pass. It may be omitted for `auc` above 0.5; then it is 0.5, no skill."""


class Gate(Model):
    """One metric with a lower limit, an upper limit, or both, which is checked before a model is deployed."""

    name: Slug
    """Name of the gate in reports."""
    evidence: Literal["evaluation", "fairness", "synthetic", "privacy", "data"]
    """Report that the metric is read from."""
    metric: str
    """Metric of that report."""
    attribute: str | None = None
    """Protected attribute (evidence fairness)."""
    at_least: float | None = None
    """Lower limit. Give this, `at_most`, or both."""
    at_most: float | None = None
    """Upper limit. Give this, `at_least`, or both."""
    blocking: bool = True
    """Whether a model that does not pass is kept from deployment."""
    accept_uncertain: AcceptUncertain | bool = False
    """When an interval that includes the limit is acceptable; false means never. Missing evidence never is."""

    @property
    def unacceptable(self) -> float | None:
        """The value that an uncertain result must have had the power to rule out, None where there is none."""
        accept = self.accept_uncertain
        if isinstance(accept, bool):
            return None
        return NO_SKILL.get(self.metric) if accept.unacceptable is None else accept.unacceptable

    def is_met_by(self, value: float) -> bool:
        """Return whether a metric is within the limits."""
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)


class Registry(Model):
    """The entry in the MLflow model registry."""

    model_name: Annotated[str, Field(min_length=1)] | None = None
    """Registered name; if omitted, the name of the use case."""
    champion: Slug = "champion"
    """Alias of the champion, the deployed version."""
    previous: Slug = "previous_champion"
    """Alias of the previous champion, kept for rollback."""


class Release(Model):
    """The `release:` section."""

    gates: tuple[Gate, ...] = ()
    """The gates. Without a blocking gate nothing is ever deployed."""
    registry: Registry = Registry()
    """Where it is registered."""
