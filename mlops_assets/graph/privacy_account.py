"""The account behind private releases: what the event log knows of a ledger, and who else spends on the same rows."""

from dataclasses import replace

import dagster as dg

from mlops_assets.errors import IntegrityError
from mlops_assets.graph import keys
from mlops_assets.graph.stored import Materialized, latest
from mlops_assets.stores.layout import Layout
from mlops_assets.stores.ledger import PrivacyLedger
from mlops_assets.verdicts import Outcome, Verdict, judge

SPENT = "epsilon/spent"
_ROUNDING = 1e-9


def check_account(ledger: PrivacyLedger, statistics: Materialized) -> None:
    """Raise IntegrityError where a ledger holds less than was published: it is gone, or old.

    Args:
        ledger: of a use case.
        statistics: the latest materialization of its private statistics, which records what was spent by then.
    """
    published, spent = _published(statistics), ledger.spent()
    if spent >= published - _ROUNDING:
        return
    raise IntegrityError(
        f"the privacy ledger {'holds less than was published' if ledger.path.exists() else 'is missing'}",
        where=str(ledger.path),
        expected=f"at least epsilon {published:g}, which was published",
        got=f"epsilon {spent:g}",
        fix="restore the file from a backup and run again; without one, nothing more may be released from this data",
    )


def account_fault(ledger: PrivacyLedger, statistics: Materialized) -> str:
    """Return why a plan must not take the private statistics for fresh, the empty string where it may."""
    if not _published(statistics):
        return ""
    try:
        check_account(ledger, statistics)
    except IntegrityError as error:
        return error.what.replace("the privacy ledger", "its privacy ledger", 1)
    return ""


def _published(statistics: Materialized) -> float:
    return float(str(statistics.metadata.get(SPENT, 0.0)))


def spent_elsewhere(instance: dg.DagsterInstance, layout: Layout, use_case: str) -> dict[str, float]:
    """Return the epsilon that other use cases spent on the same rows, by use case; those that spent none are left out.

    The rows are the same where both read a file of the same bytes, or where a release of the other was charged for
    the same validated table. Epsilons over the same rows add up, no matter which use case spends them.

    Args:
        instance: remembers which data each use case read.
        layout: where the ledgers are.
        use_case: the one whose rows are meant.
    """

    def version(of: str, asset: str) -> str | None:
        return latest(instance, keys.asset_key(of, asset)).data_version

    file, table, found = version(use_case, "raw"), version(use_case, "validated"), {}
    for path in sorted(layout.ledgers.glob("*.sqlite")):
        if path.stem == use_case:
            continue
        same_file = file is not None and version(path.stem, "raw") == file
        entries = PrivacyLedger(path).entries()
        spent = sum(e.epsilon for e in entries if same_file or (table is not None and e.key.startswith(f"{table}:")))
        if spent > 0:
            found[path.stem] = spent
    return found


def judge_budget(spent: float, cap: float, elsewhere: dict[str, float]) -> Verdict:
    """Compare with the cap what this use case spent, and what all use cases over the same rows spent together."""
    total = spent + sum(elsewhere.values())
    verdict = judge("epsilon spent", spent, at_most=cap + _ROUNDING)
    if not elsewhere:
        return verdict
    others = ", ".join(f"{name} {epsilon:g}" for name, epsilon in elsewhere.items())
    text = f"other use cases spent on the same rows ({others}): epsilon {total:g} together"
    if verdict.outcome is Outcome.PASSED and total > cap + _ROUNDING:
        reason = f"{text}, but at most {cap:g} is declared"
        return replace(verdict, outcome=Outcome.FAILED, reason=reason, value=total)
    return replace(verdict, reason=f"{verdict.reason}; {text}")
