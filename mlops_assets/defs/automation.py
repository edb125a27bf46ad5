"""Automation conditions, each a named helper with a truth table of ticks in the tests.

Forms that look right and are not (a bare `check_failed()` fires at every tick; `newly_updated()` on a
partitioned check marks every partition) are why no asset spells a condition itself.
"""

import dagster as dg

_Condition = dg.AutomationCondition


def retrain_on_drift(
    drift: dg.AssetKey, check: dg.AssetCheckKey, *, cooldown: str, timezone: str
) -> dg.AutomationCondition:
    """Return a condition that starts a search when a batch fails its drift check.

    It fires once for each batch whose check newly fails, also where the check had failed before the first tick;
    it stays silent while nothing changes, while the target is in progress, and after any update of the target
    until the next tick of the cooldown. It is reset by its own request, not by any handling, so a failure that
    arrives together with a manual retraining is kept and fires after the cooldown.

    Args:
        drift: the report, partitioned by batch; it may lie downstream of the target.
        check: the drift check of the report, partitioned as well.
        cooldown: cron expression; after an update no request before its next tick.
        timezone: IANA time zone of the cooldown.
    """
    failed = _Condition.any_checks_match(_Condition.check_failed()).allow(dg.AssetSelection.checks(check))
    fails_newly = _Condition.asset_matches(drift, failed.newly_true()).with_label("a batch newly fails its drift check")
    # A batch that fails in the very tick after a request would be swallowed by its reset: it holds the reset off.
    answered = _Condition.newly_requested() & ~fails_newly
    pending = fails_newly.since(answered).with_label("drift since the last request")
    cooling = _Condition.newly_updated().since(_Condition.cron_tick_passed(cooldown, timezone))
    return (pending & ~_Condition.in_progress() & ~cooling.with_label(f"updated since {cooldown}")).with_label(
        "retrain on drift"
    )


def gated_eager() -> dg.AutomationCondition:
    """Return `eager()` that also waits for the blocking checks of every dependency, in this run or an earlier one.

    `eager()` alone ignores a blocking check that failed in another run.
    """
    return (_Condition.eager() & _Condition.all_deps_blocking_checks_passed()).with_label(
        "eager behind blocking checks"
    )
