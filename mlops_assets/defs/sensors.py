"""Sensors: what the daemon watches. New batches start monitoring; a check that does not pass sends an alert."""

import datetime as dt
import json
from collections.abc import Iterator

import dagster as dg

from mlops_assets import plugins
from mlops_assets.defs import keys
from mlops_assets.defs.resources import Workspace
from mlops_assets.errors import MlopsAssetsError
from mlops_assets.monitoring.alerts import Alert
from mlops_assets.monitoring.batches import list_batches
from mlops_assets.use_case.model import UseCase
from mlops_assets.verdicts import Outcome

_PAGE = 500


def batch_sensor(use_case: UseCase) -> dg.SensorDefinition:
    """Return the sensor that turns each new or changed file in the inbox into a partition and one run for it."""
    partitions = keys.batches(use_case.name)

    @dg.sensor(
        name=f"{use_case.name}__incoming",
        job_name=keys.batch_job(use_case.name),
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Scores and judges each file that arrives in the inbox of {use_case.name}.",
    )
    def incoming(context: dg.SensorEvaluationContext, workspace: Workspace) -> dg.SensorResult | dg.SkipReason:
        if context.instance.get_latest_materialization_event(keys.asset_key(use_case.name, "deployment")) is None:
            return dg.SkipReason("there is no champion to score with: materialize deployment first")
        try:
            files = list_batches(workspace.layout.incoming(use_case.name))
        except MlopsAssetsError as error:
            return dg.SkipReason(str(error))
        seen: dict[str, str] = json.loads(context.cursor or "{}")
        fresh = [file for file in files if seen.get(file.name) != file.digest]
        if not fresh:
            return dg.SkipReason(f"no new file among {len(files)}")
        return dg.SensorResult(
            run_requests=[
                dg.RunRequest(run_key=f"{file.name}:{file.digest}", partition_key=file.name) for file in fresh
            ],
            dynamic_partitions_requests=[partitions.build_add_request([file.name for file in fresh])],
            cursor=json.dumps({**seen, **{file.name: file.digest for file in fresh}}),
        )

    return incoming


def alert_sensor(use_case_names: frozenset[str]) -> dg.SensorDefinition:
    """Return the sensor that sends every check result that did not pass to the sinks of the environment.

    A failed non-blocking check leaves a run green, so run-failure sensors never see it. The cursor moves only after
    every sink has taken every alert of the page: an alert is sent at least once. On the first tick only the latest
    result of each check counts, so that switching the sensor on does not send old history.
    """

    @dg.sensor(
        name="check_alerts",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Sends every check result that did not pass to the notification sinks of the environment.",
    )
    def check_alerts(context: dg.SensorEvaluationContext, workspace: Workspace) -> dg.SkipReason:
        first = context.cursor is None
        cursor = int(context.cursor or 0)
        sent = 0
        latest: dict[tuple[object, ...], Alert | None] = {}
        while True:
            records = context.instance.get_event_records(
                dg.EventRecordsFilter(dg.DagsterEventType.ASSET_CHECK_EVALUATION, after_cursor=cursor),
                limit=_PAGE,
                ascending=True,
            )
            for record in records:
                found = _alert(record, use_case_names)
                if first:
                    latest[_identity(record)] = found
                elif found is not None:
                    sent += _send(found, workspace)
            if records:
                cursor = records[-1].storage_id
            if not first:
                context.update_cursor(str(cursor))
            if len(records) < _PAGE:
                break
        sent += sum(_send(alert, workspace) for alert in latest.values() if alert is not None)
        context.update_cursor(str(cursor))
        return dg.SkipReason(f"{sent} alerts sent")

    return check_alerts


def _identity(record: dg.EventLogRecord) -> tuple[object, ...]:
    event = record.event_log_entry.get_dagster_event()
    found = event.asset_check_evaluation_data
    return (found.asset_key, found.check_name, found.partition)


def _alert(record: dg.EventLogRecord, use_case_names: frozenset[str]) -> Alert | None:
    entry = record.event_log_entry
    found = entry.get_dagster_event().asset_check_evaluation_data
    if found.passed or found.asset_key.path[0] not in use_case_names:
        return None
    values = {name: value.value for name, value in found.metadata.items() if not name.startswith("mlops_assets/")}
    outcome = Outcome(str(values.pop("outcome", Outcome.FAILED)))
    if outcome is Outcome.NOT_APPLICABLE:
        return None
    if found.partition:
        values["batch"] = found.partition
    return Alert(
        use_case=found.asset_key.path[0],
        asset=found.asset_key.to_user_string(),
        check=found.check_name,
        outcome=outcome,
        severity="error" if found.severity == dg.AssetCheckSeverity.ERROR else "warning",
        description=found.description or "the check gave no reason",
        run_id=entry.run_id,
        timestamp=dt.datetime.fromtimestamp(entry.timestamp, tz=dt.UTC).isoformat(timespec="seconds"),
        metadata={name: value for name, value in values.items() if isinstance(value, (str, int, float, bool))},
    )


def _send(alert: Alert, workspace: Workspace) -> int:
    for notification in workspace.environment.notifications:
        sink = plugins.load("sink", notification.sink)
        sink.send(alert, sink.Params(**notification.params), workspace.layout.root)
    return 1


def sensors(use_case: UseCase) -> Iterator[dg.SensorDefinition]:
    """Yield the sensors of one use case: its inbox, and what evaluates its automation conditions."""
    yield batch_sensor(use_case)
    yield dg.AutomationConditionSensorDefinition(
        name=f"{use_case.name}__automation",
        target=dg.AssetSelection.key_prefixes([use_case.name]),
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=30,
        description="Retrains on drift, and carries a new model through its gates.",
    )
