"""Addresses: what may be shown of where a store is. Texts that may hold an address go through `redaction`."""

from __future__ import annotations

import shlex

from mlops_assets.redaction import USER_INFO


def display_uri(uri: str) -> str:
    """Return a URI as it may be shown: no user, no password, no query.

    >>> display_uri("https://anna:secret@mlflow.example:5000/base?token=1")
    'https://mlflow.example:5000/base'
    """
    return USER_INFO.sub("", uri.partition("?")[0])


def run_url(uri: str, experiment_id: str, run_id: str) -> str | None:
    """Return the page of a run on its server; None for a local store, which has no page until a UI is started."""
    if not uri.startswith("http"):
        return None
    return f"{display_uri(uri).rstrip('/')}/#/experiments/{experiment_id}/runs/{run_id}"


def ui_command(uri: str) -> str:
    """Return the command that shows a local store in a browser."""
    return f"mlflow ui --backend-store-uri {shlex.quote(display_uri(uri))}"
