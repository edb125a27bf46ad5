"""CTGAN names the command that installs it where it is not installed."""

from __future__ import annotations

import importlib.util

import pytest

from mlops_assets.errors import PluginError
from mlops_assets.privacy.synthetic import synthesize
from mlops_assets.use_case.privacy import Synthetic

INSTALLED = all(importlib.util.find_spec(name) for name in ("torch", "ctgan"))


@pytest.mark.skipif(INSTALLED, reason="the gan extra is installed")
def test_without_the_extra_the_error_names_the_command(people, people_data):
    with pytest.raises(PluginError, match=r"CPU build of torch.*pip install 'mlops_assets\[gan\]'"):
        synthesize(people, people_data, Synthetic(synthesizer="ctgan"), "defaults")


@pytest.mark.slow
@pytest.mark.skipif(not INSTALLED, reason="the gan extra is not installed")
def test_with_the_extra_it_draws_valid_rows(people, people_data):
    rows = synthesize(people, people_data, Synthetic(synthesizer="ctgan", rows=50), "defaults")

    assert len(rows) == 50
