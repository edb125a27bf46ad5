"""Console: one line on the standard error of the sending process."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from mlops_assets.yaml_files.model import Model

if TYPE_CHECKING:
    from pathlib import Path

    from mlops_assets.alerts import Alert


class Params(Model):
    """The console takes no parameters."""


def send(alert: Alert, params: Params, root: Path) -> None:
    """Write the alert as one line; `params` and `root` (the project's folder) are not used."""
    del params, root
    sys.stderr.write(f"{alert.to_text()}\n")
    sys.stderr.flush()
