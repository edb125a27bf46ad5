"""The layout: where every file of a use case is. The one module that puts paths together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from mlops_assets.use_case.environment import Environment


@dataclass(frozen=True)
class Layout:
    """Folders of one project in one environment.

    Attributes:
        root: the project's folder.
        generated: tables, models and reports that a run makes.
        inbox: batches arrive in its subfolder named as the use case.
        ledgers: privacy ledgers, one file a use case.
    """

    root: Path
    generated: Path
    inbox: Path
    ledgers: Path

    @classmethod
    def of(cls, root: Path, environment: Environment) -> Layout:
        """Return the layout of a project; relative paths of the environment start at `root`."""
        storage = environment.storage
        return cls(root, root / storage.generated, root / storage.incoming, root / storage.ledger)

    def artifact(self, use_case: str, asset: str, suffix: str, partition: str | None = None) -> Path:
        """Return where an asset's value is kept; `suffix` is `.parquet`, `.json` or empty for a folder."""
        folder = self.generated / use_case / asset
        return folder / f"{quote(partition, safe='')}{suffix}" if partition else folder / f"{asset}{suffix}"

    def report(self, use_case: str, name: str) -> Path:
        """Return where a report for people is kept; `name` holds the ending."""
        return self.generated / use_case / "reports" / name

    def study(self, use_case: str) -> Path:
        """Return the journal of the hyperparameter search."""
        return self.generated / use_case / "tuning" / "journal.log"

    def explanations(self, use_case: str) -> Path:
        """Return the folder of cached SHAP values."""
        return self.generated / use_case / "explanation_cache"

    def ledger(self, use_case: str) -> Path:
        """Return the privacy ledger."""
        return self.ledgers / f"{use_case}.sqlite"

    def incoming(self, use_case: str) -> Path:
        """Return the folder that batches arrive in."""
        return self.inbox / use_case

    def turn(self, use_case: str) -> Path:
        """Return the lock that a run or a command holds while it makes or moves something of a use case."""
        return self.generated / "locks" / f"{use_case}.lock"

    def shown(self, path: Path) -> str:
        """Return a path as it is shown to people: relative to the project's folder if it is in there, else whole."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)

    @property
    def mlflow(self) -> Path:
        """Folder of the local MLflow store."""
        return self.generated / "mlflow"

    @property
    def alive(self) -> Path:
        """Folder in which processes that start runs show that they live."""
        return self.generated / "alive"
