"""Assets of the privacy stage: private statistics under the ledger, the synthetic table and its report."""

import dagster as dg
import pandas as pd

from mlops_assets import plugins
from mlops_assets.defs import metadata
from mlops_assets.defs.resources import Workspace
from mlops_assets.defs.stage import Stage, Tables, made
from mlops_assets.defs.versions import version_of
from mlops_assets.graph.privacy_account import SPENT, check_account, judge_budget, spent_elsewhere
from mlops_assets.graph.stored import data_versions, latest
from mlops_assets.pages.markdown_text import markdown_table
from mlops_assets.privacy import statistics, synthetic
from mlops_assets.privacy import synthetic_report as reports
from mlops_assets.privacy.statistics import PrivateRelease
from mlops_assets.privacy.synthetic_report import SyntheticReport
from mlops_assets.stores import tables
from mlops_assets.stores.ledger import PrivacyLedger
from mlops_assets.use_case.model import UseCase
from mlops_assets.verdicts import MetricValue, Verdict

Definition = dg.AssetsDefinition | dg.AssetChecksDefinition
LIMITS = {
    "quality": "Column shapes and pairs are close enough to the real ones (sdmetrics).",
    "diagnostic": "The synthetic table is valid: ranges, codes and structure as declared (sdmetrics).",
    "tstr_gain": "A model trained on synthetic rows ranks real rows better than one trained on a trivial table.",
    "tstr_ratio": "A model trained on synthetic rows ranks real rows nearly as well as one trained on real rows.",
}


def build(use_case: UseCase) -> list[Definition]:
    """Return the assets and checks of this stage."""
    stage = Stage(use_case, "privacy")
    return [
        _private_statistics(stage),
        _within_budget(stage),
        _synthetic(stage),
        _synthetic_report(stage),
        *(_limit_check(stage, name, description) for name, description in LIMITS.items()),
    ]


def _private_statistics(stage: Stage) -> dg.AssetsDefinition:
    use_case = stage.use_case
    config, columns = use_case.privacy, use_case.data.columns
    measured = {s.column: columns[s.column] for s in config.statistics if s.column is not None}
    reads = (config.statistics, {name: (c.type, c.min, c.max, c.codes) for name, c in measured.items()})
    # The key of a release leaves the code out: a changed line of code must not pay for the same statistics twice.
    purpose = version_of(reads=reads)

    @stage.asset(
        "private_statistics",
        description=f"Differentially private statistics under a cap of epsilon {config.budget.epsilon:g} for all time. "
        "The same data with the same declaration returns the stored release and spends nothing.",
        kinds={"diffprivlib", "json"},
        code=(statistics,),
        reads=(*reads, config.budget),
        ins=stage.ins(validated=stage.rows("validated", measured)),
    )
    def private_statistics(
        context: dg.AssetExecutionContext, workspace: Workspace, validated: pd.DataFrame
    ) -> dg.MaterializeResult[PrivateRelease]:
        ledger = PrivacyLedger(workspace.layout.ledger(use_case.name))
        check_account(ledger, latest(context.instance, stage.key("private_statistics")))
        cost, before = statistics.total_epsilon(config.statistics), ledger.spent()
        if config.statistics:
            payload = ledger.release(
                f"{data_versions(context.instance, stage.key('validated'))}:{purpose}",
                epsilon=cost,
                cap=config.budget.epsilon,
                purpose="private_statistics",
                draw=lambda: tables.dump_record(
                    statistics.release_statistics(validated, config.statistics, columns)
                ).decode(),
            )
            record = tables.parse_record(payload, PrivateRelease)
        else:
            record = statistics.release_statistics(validated, (), columns)
        spent, elsewhere = ledger.spent(), spent_elsewhere(context.instance, workspace.layout, use_case.name)
        shown = {
            SPENT: spent,
            "epsilon/cap": config.budget.epsilon,
            "epsilon/charged_now": spent - before,
            "epsilon/spent_on_these_rows": spent + sum(elsewhere.values()),
            "epsilon/elsewhere_on_these_rows": dg.MetadataValue.json(elsewhere),
            "release": _release_table(record),
            "ledger/path": dg.MetadataValue.path(str(ledger.path)),
        }
        return made(record, shown)

    return private_statistics


def _within_budget(stage: Stage) -> dg.AssetChecksDefinition:
    use_case = stage.use_case
    budget = use_case.privacy.budget

    @stage.check(
        "private_statistics",
        "within_budget",
        description="The ledger has spent no more epsilon than the declared cap, holds all that was published, and "
        "other use cases over the same rows do not raise the total above the cap.",
        reads=(budget,),
    )
    def within_budget(context: dg.AssetCheckExecutionContext, workspace: Workspace) -> Verdict:
        ledger = PrivacyLedger(workspace.layout.ledger(use_case.name))
        check_account(ledger, latest(context.instance, stage.key("private_statistics")))
        elsewhere = spent_elsewhere(context.instance, workspace.layout, use_case.name)
        return judge_budget(ledger.spent(), budget.epsilon, elsewhere)

    return within_budget


def _release_table(release: PrivateRelease) -> dg.MetadataValue:
    heads, rows = ("statistic", "of", "value", "95 % of the noise", "epsilon"), []
    for statistic in release.statistics:
        noise = zip(statistic.low, statistic.high, strict=True) if statistic.low else [None] * len(statistic.display)
        for label, value, ends in zip(statistic.labels, statistic.display, noise, strict=True):
            interval = "–" if ends is None else f"{ends[0]:g} to {ends[1]:g}"
            name = f"{statistic.name} {label}"
            rows.append((name, statistic.column or "rows", value, interval, f"{statistic.epsilon:g}"))
    return dg.MetadataValue.md(markdown_table(heads, rows))


def _synthetic(stage: Stage) -> dg.AssetsDefinition:
    use_case = stage.use_case
    config, data, target = use_case.privacy.synthetic, use_case.data, use_case.task.target

    @stage.asset(
        "synthetic",
        description=f"{config.rows:,} synthetic rows drawn by {config.synthesizer} fitted on the training split. "
        "They follow the real distribution and are not differentially private.",
        kinds={"sdv", "pandas", "parquet"},
        code=(synthetic, plugins.module_name("synthesizer", config.synthesizer)),
        reads=(
            config.synthesizer,
            config.rows,
            config.marginals,
            config.constraints,
            config.seed,
            data.columns,
            target,
        ),
        ins=stage.ins(train=stage.rows("validated", synthetic.synthetic_columns(data, target), split="train")),
    )
    def synthetic_(train: pd.DataFrame) -> dg.MaterializeResult[pd.DataFrame]:
        frame = synthetic.synthesize(train, data, config, target)
        shown = {**metadata.table(frame, data.columns), "seed": config.seed, "synthesizer": config.synthesizer}
        return made(frame, shown)

    return synthetic_


def _synthetic_report(stage: Stage) -> dg.AssetsDefinition:
    use_case = stage.use_case
    config, data, task = use_case.privacy.synthetic, use_case.data, use_case.task

    @stage.asset(
        "synthetic_report",
        description="How close the synthetic rows are to the real ones, column by column and pair by pair, and how "
        "well a model trained on them ranks real rows.",
        kinds={"sdmetrics", "scikitlearn", "json"},
        code=(reports,),
        reads=(config.seed, config.limits, data.columns, data.rules, task),
        ins=stage.ins(
            "synthetic",
            real=stage.rows("validated", synthetic.synthetic_columns(data, task.target), split=("train", "test")),
        ),
    )
    def synthetic_report(
        context: dg.AssetExecutionContext, real: Tables, synthetic: pd.DataFrame
    ) -> dg.MaterializeResult[SyntheticReport]:
        report = reports.measure_synthetic(
            real["train"], real["test"], synthetic, data, task, config, on_progress=context.log.info
        )
        shown = {
            **metadata.metrics(report.metrics, "synthetic"),
            "pairs/all": report.similarity.pairs,
            "pairs/sampled": report.similarity.pairs_sampled,
            "pairs/scored": report.similarity.pairs_compared,
            "columns": metadata.metrics_table(
                {name: MetricValue(score) for name, score in report.similarity.columns.items()}
            ),
            "associations": _associations(report),
            "broken_rules": _broken_rules(report),
            "repeated/synthetic_rows_in_training": report.synthetic_rows_in_training,
            "repeated/test_rows_in_training": report.test_rows_in_training,
        }
        return made(report, shown)

    return synthetic_report


def _associations(report: SyntheticReport) -> dg.MetadataValue:
    rows = [
        (name, found.error, found.bin, found.real, found.synthetic, found.worst)
        for name, found in sorted(report.associations.items(), key=lambda pair: -(pair[1].worst or 0.0))
    ]
    heads = ("column", "mean error of the rate", "worst bin", "rate, real", "rate, synthetic", "difference")
    return dg.MetadataValue.md(markdown_table(heads, rows))


def _broken_rules(report: SyntheticReport) -> dg.MetadataValue:
    rows = [(name, share, report.real_broken_rules.get(name)) for name, share in report.broken_rules.items()]
    if not rows:
        return dg.MetadataValue.md("No rule across columns is declared.")
    return dg.MetadataValue.md(str(markdown_table(("rule", "share of synthetic rows", "share of real rows"), rows)))


def _limit_check(stage: Stage, name: str, description: str) -> dg.AssetChecksDefinition:
    limits = stage.use_case.privacy.synthetic.limits

    @stage.check(
        "synthetic_report", name, description=description, severity=dg.AssetCheckSeverity.WARN, reads=(limits,)
    )
    def limit(synthetic_report: SyntheticReport) -> Verdict:
        return {verdict.name: verdict for verdict in synthetic_report.verdicts}[name]

    return limit
