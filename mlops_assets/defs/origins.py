"""Origins: which materialization a figure of a card came from, and what was deployed last."""

import datetime as dt

import dagster as dg

from mlops_assets.defs.corridor import Corridor
from mlops_assets.defs.stored import Materialized, latest
from mlops_assets.documents.checks import Deployed
from mlops_assets.documents.evidence import Origin


class Origins:
    """Looks up the latest materializations of a use case in Dagster's event log."""

    def __init__(self, instance: dg.DagsterInstance, corridor: Corridor) -> None:
        self.instance, self.corridor = instance, corridor

    def __call__(self, noun: str) -> Origin:
        """Return the latest materialization of an asset."""
        found = self._latest(noun)
        return Origin(self.corridor.key(noun).to_user_string(), found.run_id, _moment(found))

    def data_version(self, noun: str) -> str:
        """Return the data version of the latest materialization of an asset, empty where there is none."""
        return self._latest(noun).data_version or ""

    def deployed(self) -> Deployed | None:
        """Return the last deployment, None where there was none."""
        found = self._latest("deployment")
        if not found.timestamp:
            return None
        version, fingerprint = (found.metadata[name] for name in ("registry/version", "model/fingerprint"))
        return Deployed(str(version), str(fingerprint), _moment(found))

    def _latest(self, noun: str) -> Materialized:
        return latest(self.instance, self.corridor.key(noun))


def _moment(found: Materialized) -> str:
    if not found.timestamp:
        return ""
    return dt.datetime.fromtimestamp(found.timestamp, tz=dt.UTC).isoformat(timespec="seconds")
