"""The truth table of staleness: what happens, and what the plan, the daemon and Dagster's own UI make of it.

`docs/architecture.md` prints this table, and a test holds the two together.
"""

from collections.abc import Callable
from dataclasses import dataclass

from mlops_assets_tests.graph.toy import LINE, World, order

EMPTY = "nothing"


@dataclass(frozen=True)
class Row:
    """One edit.

    Attributes:
        edit: what happens, in words.
        do: does it to a world at rest.
        plan: what the plan calls runnable then.
        daemon: what the daemon requests until it is at rest, tick by tick.
        ui: what Dagster's UI shows as stale or missing, before the daemon acts.
        note: what the UI cannot say, and why.
        new: whether nothing was ever made in this world.
    """

    edit: str
    do: Callable[[World], None]
    plan: str
    daemon: str
    ui: str
    note: str = ""
    new: bool = False


def _all_code(world: World) -> None:
    world.code = dict.fromkeys((*LINE, "incoming", "scored"), "2")


def _configured(world: World) -> None:
    world.code["model"], world.results["model"] = "2", "deeper"


def _gate_failed(world: World) -> None:
    world.failing_checks.add("decision:approved")
    world.code["decision"], world.results["decision"] = "2", "anew"


def _gate_failed_before(world: World) -> None:
    _gate_failed(world)
    world.make("decision")


def _stricter(world: World) -> None:
    world.failing_checks.add("decision:approved")
    world.limits["decision:approved"] = "2"
    world.results["model"] = "deeper"
    world.code["deployment"] = "2"


def _new_champion(world: World) -> None:
    _configured(world)
    world.make("model", "decision", "deployment")


ROWS = (
    Row("nothing", lambda w: None, EMPTY, EMPTY, EMPTY),
    Row(
        "nothing was ever made",
        lambda w: None,
        "raw, valid, model, decision, deployment",
        "raw, valid, model, decision, deployment",
        "raw, valid, model, decision, deployment",
        new=True,
    ),
    Row(
        "the source file changed",
        lambda w: setattr(w, "file", "rows 2"),
        "raw",
        "raw → valid → model → decision → deployment",
        "raw",
    ),
    Row(
        "the source file changed, and its rows come out equal",
        lambda w: setattr(w, "file", "rows 1 "),
        "raw",
        "raw → valid",
        "raw",
    ),
    Row(
        "the source file is gone",
        lambda w: setattr(w, "file", None),
        "raw",
        "raw",
        EMPTY,
        "a file that is gone has no version to observe; the run fails and says so",
    ),
    Row("a configuration section changed", _configured, "model", "model → decision → deployment", "model"),
    Row(
        "a configuration section changed, and its result is equal",
        lambda w: w.code.update(model="2"),
        "model",
        "model",
        "model",
    ),
    Row(
        "all code changed, and nothing comes out different",
        _all_code,
        "raw, valid, model, decision, deployment, incoming [may]",
        "raw, valid, model, decision, deployment, incoming [may] → scored [may]",
        "raw, valid, model, decision, deployment, incoming [may], scored [may]",
    ),
    Row(
        "an input was made again by hand, equal",
        lambda w: w.make("valid"),
        EMPTY,
        EMPTY,
        EMPTY,
    ),
    Row(
        "an input was made again by hand, different",
        lambda w: (_configured(w), w.make("model")),
        "decision",
        "decision → deployment",
        "decision",
    ),
    Row(
        "the limit of a check changed",
        lambda w: w.limits.update({"decision:warns": "2"}),
        "decision:warns",
        "decision:warns",
        EMPTY,
        "Dagster has no versions of checks",
    ),
    Row(
        "the limit of a blocking check changed so that it fails, and what follows it is stale",
        _stricter,
        "decision:approved",
        "decision:approved",
        "deployment",
        "Dagster does not show that the check comes first, nor that it then holds deployment back",
    ),
    Row(
        "the limit of a check of a batch changed",
        lambda w: w.limits.update({"incoming:schema": "2"}),
        "incoming:schema [may]",
        "incoming:schema [may]",
        EMPTY,
        "Dagster has no versions of checks",
    ),
    Row("a blocking check fails in the run that is requested", _gate_failed, "decision", "decision", "decision"),
    Row(
        "a blocking check failed in an earlier run",
        _gate_failed_before,
        EMPTY,
        EMPTY,
        "deployment",
        "Dagster shows what is held back as stale; the plan names the check",
    ),
    Row(
        "what is upstream fails when it is made again",
        lambda w: (setattr(w, "file", "rows 2"), w.failing.add("valid")),
        "raw",
        "raw → valid",
        "raw",
    ),
    Row(
        "a stored file is missing",
        lambda w: w.faults.update(model="its stored file is missing"),
        "model",
        "model",
        EMPTY,
        "Dagster does not look at stored files",
    ),
    Row(
        "a stored file was changed, and the code that makes it too",
        lambda w: (w.faults.update(model="its stored file was changed"), _configured(w)),
        "model",
        "model → decision → deployment",
        "model",
        "Dagster shows the code only",
    ),
    Row(
        "a batch arrived",
        lambda w: w.inbox.update(june="batch 2"),
        "incoming [june], scored [june]",
        "incoming [june], scored [june]",
        "incoming [june], scored [june]",
    ),
    Row(
        "the file of a batch changed",
        lambda w: w.inbox.update(may="batch 2"),
        "incoming [may]",
        "incoming [may] → scored [may]",
        "incoming [may]",
    ),
    Row(
        "the file of a batch changed, and its rows come out equal",
        lambda w: w.inbox.update(may="batch 1 "),
        "incoming [may]",
        "incoming [may]",
        "incoming [may]",
    ),
    Row(
        "the blocking check of a batch fails",
        lambda w: (w.inbox.update(june="batch 2"), w.failing_checks.add("incoming:schema")),
        "incoming [june], scored [june]",
        "incoming [june], scored [june]",
        "incoming [june], scored [june]",
        "scored [june] stays missing; the plan names the check that holds it back",
    ),
    Row(
        "another model became champion",
        _new_champion,
        EMPTY,
        EMPTY,
        "scored [may]",
        "Dagster counts the deployment among the inputs; a later champion does not rescore earlier batches",
    ),
)


def written(names: list[str]) -> str:
    """Return names of one tick as the table writes them."""
    return ", ".join(sorted(names, key=order)) or EMPTY
