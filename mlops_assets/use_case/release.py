"""The `release:` section: the gates a model must pass, and where it is registered."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlops_assets.use_case.base import Model, Slug


class Gate(Model):
    """One figure held against a lower limit, an upper limit, or both before a model may be deployed."""

    name: Slug
    """Name of the gate in reports."""
    evidence: Literal["evaluation", "fairness", "synthetic", "privacy", "data"]
    """Which report the figure is read from."""
    metric: str
    """Which figure of that report."""
    attribute: str | None = None
    """Which protected attribute (evidence fairness)."""
    at_least: float | None = None
    """Lower limit. Give this, `at_most`, or both."""
    at_most: float | None = None
    """Upper limit. Give this, `at_least`, or both."""
    blocking: bool = True
    """Whether a model that does not pass is kept from deployment."""
    accept_uncertain: bool = False
    """Whether an interval that straddles the limit is enough. Missing evidence never is."""


class Registry(Model):
    """The entry in the MLflow model registry."""

    model_name: Annotated[str, Field(min_length=1)] | None = None
    """Registered name; the use case's name where it is left out."""
    champion: Slug = "champion"
    """Alias of the model in force."""
    previous: Slug = "previous_champion"
    """Alias of the one before it, kept for rollback."""


class Release(Model):
    """The `release:` section."""

    gates: tuple[Gate, ...] = ()
    """The gates. Without a blocking gate nothing is ever deployed."""
    registry: Registry = Registry()
    """Where it is registered."""
