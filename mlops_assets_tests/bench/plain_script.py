"""The lifecycle as a plain script: the functions of the rooms in order, everything in memory, no Dagster.

It makes the library calls of `mlops-assets run credit_default`: reading, Pandera, diffprivlib, SDV, sdmetrics, the
features, Optuna, scikit-learn, the bootstrap, SHAP, fairness, pictures, MLflow with its registry, cards. What it
leaves out is what the package adds: tables and records on disk, versions and hashes, checks, the privacy ledger, the
event log. Run it on a folder that holds `configs/` and `data/raw/`; the last line it prints is JSON.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mlops_assets import settings
from mlops_assets.assurance import explanations as explaining
from mlops_assets.assurance import fairness as fairnesses
from mlops_assets.assurance import plots as assurance_plots
from mlops_assets.data import profile as profiles
from mlops_assets.data import source as sources
from mlops_assets.data import splits as splitting
from mlops_assets.data import validation, warned
from mlops_assets.data.frames import ROW, SPLIT, SPLITS, digest
from mlops_assets.data.splits import rows_of
from mlops_assets.data.target import binary_target
from mlops_assets.documents import cards, collect_data, collect_evaluation, collect_model
from mlops_assets.documents.evidence import Origin
from mlops_assets.features import pipeline as pipelines
from mlops_assets.features import registry as registries
from mlops_assets.features.matrix import matrix
from mlops_assets.privacy import quality, statistics, synthetic
from mlops_assets.release import evidence as evidences
from mlops_assets.release import gates
from mlops_assets.stores import registry
from mlops_assets.stores.bundles import save_bundle
from mlops_assets.training import baseline as baselines
from mlops_assets.training import bundle as bundles
from mlops_assets.training import evaluation as evaluations
from mlops_assets.training import plots as training_plots
from mlops_assets.training import search as searches
from mlops_assets.training.folds import Recipe, build_folds
from mlops_assets.training.threshold import is_selected
from mlops_assets.use_case.direction import read_direction
from mlops_assets.use_case.loader import load_use_case
from mlops_assets.use_case.metrics import SYNTHETIC
from mlops_assets.use_case.model import UseCase
from mlops_assets.verdicts import Figure

SECONDS: dict[str, float] = {}


@contextmanager
def step(name: str) -> Iterator[None]:
    """Take the time of a step."""
    started = time.perf_counter()
    yield
    SECONDS[name] = round(time.perf_counter() - started, 3)


def main(root: Path) -> None:
    """Run the lifecycle in a folder."""
    settings.quiet_libraries()
    warnings.simplefilter("ignore")
    case = load_use_case(root / "configs" / "credit_default.yaml")
    kept: dict[str, Any] = {}
    _data(case, root, kept)
    _privacy(case, kept)
    _features(case, root, kept)
    _training(case, root, kept)
    _assurance(case, kept)
    _release(case, root, kept)
    _documents(case, root, kept)
    print(json.dumps({"fingerprint": kept["model"].fingerprint, "seconds": SECONDS}))


def _data(case: UseCase, root: Path, kept: dict[str, Any]) -> None:
    data, task = case.data, case.task
    with step("raw"):
        path = root / data.source.path
        raw = sources.read_table(path, data.source, data.columns, extra_columns=data.extra_columns)
    with step("validated"):
        found = validation.validate(raw, data, target=task.target)
        kept["report"] = found.report()
        kept["valid"] = valid = found.valid
        validation.judge_validation(kept["report"], data, task)
        warned.judge_warnings(kept["report"])
    with step("profile"):
        kept["profile"] = profiles.build_profile(valid, data, task)
        _write(root, "profile.html", profiles.render_profile(kept["profile"], data, "profile"))
    with step("splits"):
        kept["splits"] = splitting.assign_splits(valid, data.splits, task)
        splitting.judge_splits(valid, kept["splits"], data.splits)


def _privacy(case: UseCase, kept: dict[str, Any]) -> None:
    valid, config = kept["valid"], case.privacy
    with step("private_statistics"):
        kept["private"] = statistics.release_statistics(valid, config.statistics, case.data.columns)
    train, test = rows_of(valid, kept["splits"], "train"), rows_of(valid, kept["splits"], "test")
    with step("synthetic"):
        drawn = synthetic.synthesize(train, case.data, config.synthetic, case.task.target)
    with step("synthetic_report"):
        kept["synthetic"] = quality.measure_synthetic(train, test, drawn, case.data, case.task, config.synthetic)


def _features(case: UseCase, root: Path, kept: dict[str, Any]) -> None:
    valid, splits = kept["valid"], kept["splits"]
    with step("features"):
        train = rows_of(valid, splits, "train")
        fitted = pipelines.fit_pipeline(
            train,
            binary_target(train, case.task),
            inputs=case.inputs,
            columns=case.data.columns,
            features=case.features,
        )
        built = pipelines.build_features(valid, fitted)
        built.insert(0, ROW, valid[ROW])
        by_split = {name: built.loc[splits[SPLIT].to_numpy() == name, list(fitted.names)] for name in SPLITS}
        described = registries.build_registry(fitted, by_split)
        _write(root, "features.html", registries.render_registry(described, "features"))
    kept["pipeline"] = fitted
    kept["matrices"] = {n: matrix(built, valid, splits, case.task, n) for n in ("train", "calibration", "test")}


def _training(case: UseCase, root: Path, kept: dict[str, Any]) -> None:
    training, matrices = case.training, kept["matrices"]
    with step("tuning"):
        journal = root / "journal.log"
        train = rows_of(kept["valid"], kept["splits"], "train")
        recipe = Recipe(case.inputs, case.data.columns, case.features)
        y = binary_target(train, case.task)
        folds = build_folds(train, y, search=training.search, splits=case.data.splits, recipe=recipe)
        result = searches.search(folds, training, journal=journal, study_name="plain")
        pictures = {
            "search_history": training_plots.plot_search(result),
            "search_parameters": training_plots.plot_parameters(result),
        }
    with step("model"):
        model = bundles.fit_bundle(
            *matrices["train"],
            *matrices["calibration"],
            search_result=result,
            training=training,
            pipeline=kept["pipeline"].restricted(kept["pipeline"].sets[result.features]),
            columns=case.data.columns,
            task=case.task,
            use_case=case.name,
            trained_on=digest(matrices["train"][0]),
        )
        save_bundle(model, root / "model")
    with step("evaluation"):
        X, y = matrices["test"]
        p = bundles.predict_features(model, X)
        baseline, comparison = baselines.compare(
            matrices["train"],
            matrices["test"],
            p,
            result=result,
            sets=kept["pipeline"].sets,
            evaluation=training.evaluation,
        )
        report = evaluations.evaluate(
            y,
            p,
            baseline,
            threshold=model.threshold.value,
            evaluation=training.evaluation,
            fingerprint=model.fingerprint,
            comparison=comparison,
        )
        pictures |= {
            "roc": training_plots.plot_roc(report),
            "precision_recall": training_plots.plot_precision_recall(report),
            "calibration": training_plots.plot_calibration(report),
            "scores": training_plots.plot_scores(report),
        }
    kept |= {"search": result, "model": model, "evaluation": report, "pictures": pictures}


def _assurance(case: UseCase, kept: dict[str, Any]) -> None:
    model, (X, y) = kept["model"], kept["matrices"]["test"]
    with step("explanations"):
        config = case.assurance.explanations
        found = explaining.explain(model, X, config)
        kept["explanations"] = found.report
        explaining.judge_explanations(found.report)
        kept["pictures"] |= {
            "shap_importance": assurance_plots.draw_importance(found.report, config.top),
            "shap_beeswarm": assurance_plots.draw_beeswarm(found, config.top),
        }
    with step("fairness"):
        fairness, names = case.assurance.fairness, list(case.fairness_attributes)
        probability = bundles.predict_features(model, X)
        scored = fairnesses.Scored(y, probability, is_selected(probability, model.threshold.value))
        people = rows_of(kept["valid"], kept["splits"], "test").set_index(ROW)[names]
        columns = {name: case.data.columns[name] for name in names}
        report = fairnesses.measure_fairness(scored, people, columns, fairness, read_direction(case), model.fingerprint)
        fairnesses.judge_fairness(report, fairness.limits)
        kept["fairness"] = report
        kept["pictures"]["selection_rates"] = assurance_plots.draw_selection_rates(report)


def _release(case: UseCase, root: Path, kept: dict[str, Any]) -> None:
    model, report, fairness = kept["model"], kept["evaluation"], kept["fairness"]
    with step("release_decision"):
        found = evidences.evidence_from(
            evaluation=report.metrics,
            fairness={name: compared.metrics for name, compared in fairness.attributes.items()},
            synthetic={name: getattr(kept["synthetic"], name) for name in SYNTHETIC},
            epsilon_spent=statistics.total_epsilon(case.privacy.statistics),
            valid_rows=kept["report"].rows_valid,
            quarantined_share=kept["report"].quarantined_share,
            about={"evaluation": report.fingerprint, "fairness": fairness.fingerprint},
            confidence={"evaluation": report.confidence, "fairness": fairness.confidence},
            positives={"evaluation": report.positives, "fairness": fairness.positives},
        )
        kept["decision"] = gates.judge_gates(case.release.gates, found, model.fingerprint)
    with step("mlflow"):
        import mlflow

        uri = f"sqlite:///{root / 'mlflow.db'}"
        mlflow.set_tracking_uri(uri)
        mlflow.set_experiment(experiment_id=mlflow.create_experiment(case.name, (root / "artifacts").as_uri()))
        with mlflow.start_run() as run, tempfile.TemporaryDirectory() as folder:
            mlflow.log_params({"family": model.family, **model.params, "threshold": model.threshold.value})
            mlflow.log_metrics({f"test/{name}": value for name, value in _numbers(report.metrics)})
            mlflow.log_metrics({f"baseline/{name}": value for name, value in _numbers(report.baseline)})
            for name, compared in fairness.attributes.items():
                mlflow.log_metrics({f"fairness/{name}/{n}": value for n, value in _numbers(compared.metrics)})
            for name, png in kept["pictures"].items():
                picture = Path(folder) / f"{name}.png"
                picture.write_bytes(png)
                mlflow.log_artifact(str(picture), "plots")
        registry.register_bundle(uri, case.model_name, run.info.run_id, root / "model", {})


def _numbers(figures: Mapping[str, Figure]) -> Iterator[tuple[str, float]]:
    for name, figure in figures.items():
        ends = {name: figure.value, f"{name}/low": figure.low, f"{name}/high": figure.high}
        yield from ((key, value) for key, value in ends.items() if value is not None)


def _documents(case: UseCase, root: Path, kept: dict[str, Any]) -> None:
    with step("documents"):
        at = Origin("plain_script", "", "")
        positive = binary_target(kept["valid"], case.task)
        chosen = {name: (kept["splits"][SPLIT] == name).to_numpy() for name in SPLITS}
        counts = {name: (int(rows.sum()), int(positive[rows].sum())) for name, rows in chosen.items()}
        spent = statistics.total_epsilon(case.privacy.statistics)
        shared = collect_data.splits_evidence(at, counts) | collect_data.privacy_evidence(
            at, kept["private"], spent=spent, cap=case.privacy.budget.epsilon
        )
        told = (
            shared
            | collect_model.tuning_evidence(at, kept["search"])
            | collect_model.model_evidence(at, kept["model"], rows=counts["train"][0])
            | collect_evaluation.evaluation_evidence(at, kept["evaluation"])
            | collect_model.explanations_evidence(at, kept["explanations"], top=case.assurance.explanations.top)
            | collect_model.fairness_evidence(at, kept["fairness"])
            | collect_model.release_evidence(at, kept["decision"], (), None)
        )
        _card(root, "model_card", cards.render_model_card(case, told))
        report = kept["report"]
        told = (
            shared
            | collect_data.raw_evidence(at, rows=report.rows_in, digest="")
            | collect_data.validation_evidence(at, at, report)
            | collect_data.profile_evidence(at, kept["profile"])
            | collect_data.synthetic_evidence(at, kept["synthetic"])
        )
        _card(root, "data_card", cards.render_data_card(case, told))


def _card(root: Path, name: str, markdown: str) -> None:
    _write(root, f"{name}.md", markdown)
    _write(root, f"{name}.html", cards.to_html(markdown, name))


def _write(root: Path, name: str, text: str) -> None:
    (root / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
