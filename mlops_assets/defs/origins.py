"""Origins: which materialization a figure of a card came from, and what was deployed last."""

import datetime as dt

import dagster as dg

from mlops_assets.defs.stage import Stage
from mlops_assets.documents.checks import Deployed
from mlops_assets.documents.evidence import Origin
from mlops_assets.graph.stored import Materialized, latest


class Origins:
    """Looks up the latest materializations of a use case in Dagster's event log."""

    def __init__(self, instance: dg.DagsterInstance, stage: Stage) -> None:
        self.instance, self.stage = instance, stage

    def __call__(self, asset: str) -> Origin:
        """Return the latest materialization of an asset."""
        found = self._latest(asset)
        return Origin(self.stage.key(asset).to_user_string(), found.run_id, _moment(found))

    def data_version(self, asset: str) -> str:
        """Return the data version of the latest materialization of an asset, empty where there is none."""
        return self._latest(asset).data_version or ""

    def deployed(self) -> Deployed | None:
        """Return the last deployment, None where there was none."""
        found = self._latest("deployment")
        if not found.timestamp:
            return None
        version, fingerprint = (found.metadata[name] for name in ("registry/version", "model/fingerprint"))
        return Deployed(str(version), str(fingerprint), _moment(found))

    def _latest(self, asset: str) -> Materialized:
        return latest(self.instance, self.stage.key(asset))


def _moment(found: Materialized) -> str:
    if not found.timestamp:
        return ""
    return dt.datetime.fromtimestamp(found.timestamp, tz=dt.UTC).isoformat(timespec="seconds")
