"""The `documents:` section: what only people know and a card must say. Every number comes from evidence instead."""

from __future__ import annotations

from mlops_assets.yaml_files.model import Model


class ModelCard(Model):
    """The texts of the model card, after Mitchell et al., "Model Cards for Model Reporting", FAT* 2019."""

    intended_use: str = ""
    """What the model is for, and who uses it."""
    out_of_scope: str = ""
    """What it must not be used for."""
    limitations: tuple[str, ...] = ()
    """What a reader must know before relying on it."""
    ethical_considerations: tuple[str, ...] = ()
    """Risks to people, and what was done about them."""


class DataCard(Model):
    """The texts of the data card, after Gebru et al., "Datasheets for Datasets", CACM 64(12), 2021."""

    motivation: str = ""
    """Why the data was collected."""
    collection: str = ""
    """How and when it was collected."""
    limitations: tuple[str, ...] = ()
    """What the data does not show."""


class Documents(Model):
    """The `documents:` section."""

    model_card: ModelCard = ModelCard()
    """Texts of the model card."""
    data_card: DataCard = DataCard()
    """Texts of the data card."""
