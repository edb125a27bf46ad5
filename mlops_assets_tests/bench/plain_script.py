"""The lifecycle of `credit_default` as one script over public libraries: no Dagster, no `mlops_assets`.

What somebody would write who wants the same results once, on this table: Pandera, scikit-learn, Optuna, SHAP,
fairlearn, Evidently, SDV, diffprivlib and MLflow, called by their own documented names. As many trials and folds, the
same family defaults and search spaces, features and selection learned inside each fold, the baseline as trial 0. Where
a library has the figure in closed form, the script takes it (a G-test in place of shuffles).

Run it as `python plain_script.py FOLDER` on a folder that holds `data/raw/credit_default.csv.gz`; what it makes goes
to `FOLDER/plain`, and the last line it prints is JSON. The seeds are its own, so its figures are near those of the
package and not equal to them.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

TARGET = "default payment next month"
PROTECTED = ("SEX", "MARRIAGE", "AGE")
STATUS = ["PAY_6", "PAY_5", "PAY_4", "PAY_3", "PAY_2", "PAY_0"]
BILLS = [f"BILL_AMT{month}" for month in range(6, 0, -1)]
PAYMENTS = [f"PAY_AMT{month}" for month in range(6, 0, -1)]
INPUTS = ["LIMIT_BAL", *STATUS, *BILLS, *PAYMENTS, "EDUCATION"]
TRIALS, FOLDS, KEEP, SEED = 14, 3, 40, 13
RESAMPLES, THRESHOLD_RESAMPLES, BLOCKS, EXPLAINED = 1000, 500, 50, 2000
SECONDS: dict[str, float] = {}


@contextmanager
def step(name: str) -> Iterator[None]:
    """Take the CPU seconds of a step, all threads together."""
    started = time.process_time()
    yield
    SECONDS[name] = round(time.process_time() - started, 2)


def main(root: Path) -> None:
    """Run the lifecycle on the data of a folder."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    out = root / "plain"
    out.mkdir()
    with step("data"):
        valid = read(root / "data" / "raw" / "credit_default.csv.gz", out)
        parts = split(valid)
        leaks = suspected_leaks(parts["train"])
    with step("private statistics"):
        private = release_statistics(valid)
    with step("synthetic"):
        synthetic = synthesize(parts["train"])
        synthetic.to_parquet(out / "synthetic.parquet")
    with step("synthetic report"):
        quality = judge_synthetic(parts["train"], parts["test"], synthetic)
    with step("search"):
        found = search(parts["train"])
    with step("model"):
        model = fit_model(parts, found)
    with step("evaluation"):
        metrics = evaluate(parts, found, model)
    with step("explanations"):
        importance = explain(model, parts["test"], out)
    with step("fairness"):
        fairness = compare_groups(parts["test"], model)
    with step("registry"):
        verdicts = judge_gates(metrics, fairness)
        register(out, model, metrics)
    with step("drift of two batches"):
        drift = watch(parts, model, out)
    told = {"leaks": leaks, "private": private, "quality": quality, "search": found, "test": metrics}
    told |= {"importance": importance, "fairness": fairness, "gates": verdicts, "drift": drift}
    with step("cards"):
        write_cards(out, told)
    print(json.dumps({"auc": metrics["auc"][0], "trials": len(found["trials"]), "seconds": SECONDS}))


def read(path: Path, out: Path) -> pd.DataFrame:
    """Read the file, keep the rows that break no rule, write the others and a profile."""
    import pandera.errors
    import pandera.pandas as pa

    frame = pd.read_csv(path).astype("int64")
    between, isin = pa.Check.in_range, pa.Check.isin
    checks: dict[str, Any] = {"ID": pa.Check.ge(1), "LIMIT_BAL": between(0, 1_000_000), "AGE": between(18, 100)}
    checks |= {"SEX": isin([1, 2]), "EDUCATION": isin(range(7)), "MARRIAGE": isin(range(4)), TARGET: isin([0, 1])}
    checks |= dict.fromkeys(STATUS, between(-2, 9)) | dict.fromkeys(BILLS, between(-1_000_000, 3_000_000))
    checks |= dict.fromkeys(PAYMENTS, between(0, 3_000_000))
    columns = {name: pa.Column("int64", check, unique=name == "ID") for name, check in checks.items()}
    wrong: set[int] = set()
    try:
        pa.DataFrameSchema(columns).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        wrong = set(errors.failure_cases["index"].dropna().astype(int))
    bad = frame.index.isin(wrong)
    frame[bad].to_parquet(out / "quarantine.parquet")
    valid = frame[~bad].reset_index(drop=True)
    valid.to_parquet(out / "validated.parquet")
    valid.describe(percentiles=[0.01, 0.25, 0.5, 0.75, 0.99]).T.to_html(out / "profile.html")
    return valid


def split(valid: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return train, calibration, test and live rows: 60, 10, 20 and 10 %, stratified."""
    from sklearn.model_selection import train_test_split

    def cut(rows: pd.DataFrame, share: float) -> list[pd.DataFrame]:
        return train_test_split(rows, test_size=share, stratify=rows[TARGET], random_state=SEED)

    train, rest = cut(valid, 0.4)
    calibration, rest = cut(rest, 0.75)
    test, live = cut(rest, 1 / 3)
    return {"train": train, "calibration": calibration, "test": test, "live": live}


def suspected_leaks(train: pd.DataFrame) -> list[str]:
    """Return the columns that nearly are the target by themselves."""
    from sklearn.metrics import roc_auc_score

    areas = {name: roc_auc_score(train[TARGET], train[name]) for name in train if name not in (TARGET, "ID")}
    return [name for name, area in areas.items() if max(area, 1 - area) > 0.98]


def release_statistics(valid: pd.DataFrame) -> dict[str, Any]:
    """Return the seven private statistics of the use case at the same epsilon."""
    from diffprivlib import tools

    codes = range(8)
    return {
        "clients": int(tools.count_nonzero(np.ones(len(valid)), epsilon=0.05)),
        "mean_limit": float(tools.mean(valid["LIMIT_BAL"], bounds=(0, 1_000_000), epsilon=0.1)),
        "mean_age": float(tools.mean(valid["AGE"], bounds=(18, 100), epsilon=0.1)),
        "ages": tools.histogram(valid["AGE"], bins=12, range=(20, 80), epsilon=0.1)[0].tolist(),
        "education": tools.histogram(valid["EDUCATION"], bins=codes, range=(0, 7), epsilon=0.1)[0].tolist(),
        "limits": tools.quantile(valid["LIMIT_BAL"], [0.25, 0.5, 0.75], bounds=(0, 1_000_000), epsilon=0.3).tolist(),
        "defaults": tools.histogram(valid[TARGET], bins=2, range=(0, 1), epsilon=0.1)[0].tolist(),
    }


def _metadata() -> dict[str, Any]:
    """Return SDV's description of the table without its identifier."""
    coded = {"SEX", "EDUCATION", "MARRIAGE", TARGET}
    names = ["LIMIT_BAL", *PROTECTED, "EDUCATION", *STATUS, *BILLS, *PAYMENTS, TARGET]
    return {"columns": {name: {"sdtype": "categorical" if name in coded else "numerical"} for name in names}}


def synthesize(train: pd.DataFrame) -> pd.DataFrame:
    """Return 10,000 synthetic rows, from one Gaussian copula a class."""
    from sdv.metadata import Metadata
    from sdv.single_table import GaussianCopulaSynthesizer

    described = _metadata()
    tables = {"tables": {"table": described}, "relationships": [], "METADATA_SPEC_VERSION": "V2"}
    drawn = []
    for value, rows in train[list(described["columns"])].groupby(TARGET):
        synthesizer = GaussianCopulaSynthesizer(Metadata.load_from_dict(tables))
        synthesizer.fit({"table": rows})
        table = synthesizer.sample(num_rows=round(10_000 * len(rows) / len(train)))["table"]
        drawn.append(table.assign(**{TARGET: value}))
    return pd.concat(drawn, ignore_index=True)


def judge_synthetic(train: pd.DataFrame, test: pd.DataFrame, synthetic: pd.DataFrame) -> dict[str, Any]:
    """Return SDV's quality and diagnostic, the classifier two-sample AUC, and utility beside a trivial table."""
    from sdmetrics.reports.single_table import DiagnosticReport, QualityReport
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import cross_val_predict

    described, names = _metadata(), [name for name in synthetic if name != TARGET]
    quality, diagnostic = QualityReport(), DiagnosticReport()
    quality.generate(train[list(synthetic)], synthetic, described, verbose=False)
    diagnostic.generate(train[list(synthetic)], synthetic, described, verbose=False)
    rng = np.random.default_rng(SEED)
    classes = rng.choice(train[TARGET], len(synthetic))
    trivial = pd.DataFrame({TARGET: classes})
    for name in names:
        pools = {value: train.loc[train[TARGET] == value, name].to_numpy() for value in (0, 1)}
        trivial[name] = np.where(classes == 1, *(rng.choice(pools[value], len(classes)) for value in (1, 0)))
    tables = {"tstr": synthetic, "trtr": train, "trivial": trivial}
    booster = HistGradientBoostingClassifier(early_stopping=False, random_state=SEED)
    scores = {key: booster.fit(t[names], t[TARGET]).predict_proba(test[names])[:, 1] for key, t in tables.items()}
    count = min(len(test), len(synthetic))
    both = pd.concat([test[names].iloc[:count], synthetic[names].sample(count, random_state=SEED)])
    real = np.r_[np.ones(count), np.zeros(count)]
    told = cross_val_predict(booster, both, real, cv=5, method="predict_proba")[:, 1]
    areas = {key: with_interval(test[TARGET].to_numpy(), p, roc_auc_score) for key, p in scores.items()}
    rates = [table.groupby("PAY_0")[TARGET].mean() for table in (train, synthetic)]
    return {
        "quality": quality.get_score(),
        "diagnostic": diagnostic.get_score(),
        "two-sample AUC": with_interval(real, told, roc_auc_score),
        **areas,
        "default rate at PAY_0 = 2": [float(rate.get(2, np.nan)) for rate in rates],
    }


def with_interval(y: np.ndarray, p: np.ndarray, metric: Callable[..., float]) -> tuple[float, float, float]:
    """Return a metric with its 95 % percentile bootstrap interval."""
    rng = np.random.default_rng(SEED)
    rows = (rng.integers(len(y), size=len(y)) for _ in range(RESAMPLES // 2))
    return (metric(y, p), *np.quantile([metric(y[chosen], p[chosen]) for chosen in rows], [0.025, 0.975]))


def add_features(frame: pd.DataFrame) -> pd.DataFrame:
    """Return raw inputs and derived features as numbers."""
    made = frame[["LIMIT_BAL", *STATUS, *BILLS, *PAYMENTS]].astype("float64")
    labels = {1: "graduate school", 2: "university", 3: "high school", 5: "5"}  # the others are rare
    named = frame["EDUCATION"].map(labels).fillna("(other)")
    for label in (*labels.values(), "(other)"):
        made[f"EDUCATION={label}"] = (named == label).astype("float64")
    for month in range(1, 7):
        made[f"utilisation_{month}"] = frame[f"BILL_AMT{month}"] / frame["LIMIT_BAL"].replace(0, np.nan)
    for month in range(1, 6):
        made[f"payment_ratio_{month}"] = frame[f"PAY_AMT{month}"] / frame[f"BILL_AMT{month + 1}"].replace(0, np.nan)
    steps = np.arange(6) - 2.5
    for name, columns in (("bill_trend", BILLS), ("payment_trend", PAYMENTS), ("status_trend", STATUS)):
        made[name] = frame[columns].mul(steps, axis=1).sum(axis=1) / (steps**2).sum()
    made["mean_bill"] = frame[BILLS].mean(axis=1)
    made["mean_payment"] = frame[PAYMENTS].mean(axis=1)
    made["worst_status"] = frame[STATUS].max(axis=1).astype("float64")
    late = frame[STATUS] >= 1
    made["months_late"] = late.sum(axis=1).astype("float64")
    backwards = late.iloc[:, ::-1].to_numpy()
    made["months_since_late"] = np.where(backwards.any(axis=1), backwards.argmax(axis=1), 6).astype("float64")
    made["log_limit"] = np.log1p(frame["LIMIT_BAL"])
    return made


def select(X: pd.DataFrame, y: pd.Series) -> list[str]:
    """Return the features whose mutual information is above chance (G-test, Bonferroni), at most `KEEP` of them."""
    from scipy.stats import chi2_contingency

    found = {}
    for name in X:
        cells = pd.crosstab(pd.qcut(X[name], 20, duplicates="drop").cat.add_categories("none").fillna("none"), y)
        tested = chi2_contingency(cells, lambda_="log-likelihood", correction=False)
        found[name] = (tested.pvalue * X.shape[1], -tested.statistic)
    above = [name for name, (p, _) in found.items() if p <= 0.05] or list(found)
    return sorted(above, key=lambda name: found[name])[:KEEP]


def feature_sets(X: pd.DataFrame, y: pd.Series) -> dict[str, list[str]]:
    """Return the names of the features of each set, learned from training rows."""
    raw = [name for name in X if name in INPUTS or name.startswith("EDUCATION=")]
    return {"raw": raw, "derived": list(X), "selected": select(X, y)}


def build(family: str, params: dict[str, Any]) -> Any:
    """Return an unfitted model of a family."""
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import QuantileTransformer, StandardScaler

    if family == "logistic_regression":
        return make_pipeline(
            SimpleImputer(strategy="median", add_indicator=True),
            QuantileTransformer(n_quantiles=25, subsample=None),
            StandardScaler(),
            LogisticRegression(max_iter=2000, **params),
        )
    if family == "random_forest":
        return RandomForestClassifier(n_estimators=80, max_samples=0.5, random_state=SEED, **params)
    return HistGradientBoostingClassifier(early_stopping=False, random_state=SEED, **params)


FAMILIES: dict[str, dict[str, Any]] = {
    "logistic_regression": {"C": 0.3},
    "random_forest": {"max_depth": 9, "forest_leaf": 15, "forest_features": 0.2},
    "hist_gradient_boosting": {
        "learning_rate": 0.05,
        "max_iter": 150,
        "max_leaf_nodes": 12,
        "leaf": 40,
        "l2": 5.0,
        "max_features": 0.4,
    },
}
"""The families and their defaults, which are those of the package."""


def suggest(trial: Any) -> tuple[str, str, dict[str, Any]]:
    """Draw family, feature set and parameters from the package's search spaces."""
    family = trial.suggest_categorical("family", list(FAMILIES))
    features = trial.suggest_categorical("features", ("raw", "derived", "selected"))
    if family == "logistic_regression":
        return family, features, {"C": trial.suggest_float("C", 0.001, 10, log=True)}
    if family == "random_forest":
        return (
            family,
            features,
            {
                "max_depth": trial.suggest_int("max_depth", 4, 12),
                "min_samples_leaf": trial.suggest_int("forest_leaf", 3, 60, log=True),
                "max_features": trial.suggest_float("forest_features", 0.1, 0.4),
            },
        )
    return (
        family,
        features,
        {
            "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.2, log=True),
            "max_iter": trial.suggest_int("max_iter", 60, 300, log=True),
            "max_leaf_nodes": trial.suggest_int("max_leaf_nodes", 4, 32, log=True),
            "min_samples_leaf": trial.suggest_int("leaf", 5, 150, log=True),
            "l2_regularization": trial.suggest_float("l2", 0.01, 50, log=True),
            "max_features": trial.suggest_float("max_features", 0.2, 1.0),
        },
    )


def search(train: pd.DataFrame) -> dict[str, Any]:
    """Search in cross-validation, the defaults of every family first; keep the baseline unless clearly beaten."""
    import optuna
    from sklearn.model_selection import StratifiedKFold

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    folds = []
    for learned, held in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(train, train[TARGET]):
        a, b = train.iloc[learned], train.iloc[held]
        X = add_features(a)
        folds.append((X, a[TARGET], add_features(b), b[TARGET].to_numpy(), feature_sets(X, a[TARGET])))
    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=SEED, n_startup_trials=len(FAMILIES) + 5),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=5),
    )
    trials: list[dict[str, Any]] = []
    baseline: dict[str, Any] = {}
    planned: list[tuple[str, str]] = [(family, "raw") for family in FAMILIES]
    for number in range(TRIALS):
        if number == len(FAMILIES):
            baseline = max(trials, key=lambda tried: tried["value"])
            planned += [(baseline["family"], features) for features in ("derived", "selected")]
        if number < len(planned):
            family, features = planned[number]
            study.enqueue_trial({"family": family, "features": features, **FAMILIES[family]})
        trial = study.ask()
        trials.append(_tried(folds, *suggest(trial), trial, may_prune=number >= len(planned)))
        value = trials[-1]["value"]
        study.tell(trial, value, state=None if value is not None else optuna.trial.TrialState.PRUNED)
    for tried in trials:
        difference = np.subtract(tried["without"], baseline["without"]) if tried["value"] is not None else None
        tried["gain"] = tried["error"] = None
        if difference is not None:
            variance = (BLOCKS - 1) / BLOCKS * ((difference - difference.mean(1, keepdims=True)) ** 2).sum(1)
            tried |= {"gain": tried["value"] - baseline["value"], "error": float(np.sqrt(variance.sum()) / FOLDS)}
    better = [t for t in trials if t is not baseline and t["gain"] is not None and t["gain"] > t["error"]]
    best = max(better, key=lambda tried: tried["value"], default=baseline)
    for tried in trials:
        del tried["without"]
    return {"best": best, "baseline": baseline, "trials": trials}


def _tried(
    folds: list[Any], family: str, features: str, params: dict[str, Any], trial: Any, *, may_prune: bool
) -> dict[str, Any]:
    """Return a trial with its score, and with the score of each fold without each block of its held rows."""
    from sklearn.metrics import roc_auc_score
    from threadpoolctl import threadpool_limits

    def one(fold: Any) -> tuple[float, list[float]]:
        X, y, held, outcome, sets = fold
        with threadpool_limits(limits=1, user_api="openmp"):
            model = build(family, params).fit(X[sets[features]], y)
            p = model.predict_proba(held[sets[features]])[:, 1]
        blocks = np.random.default_rng(SEED).permutation(len(p)) % BLOCKS
        without = [roc_auc_score(outcome[blocks != block], p[blocks != block]) for block in range(BLOCKS)]
        return roc_auc_score(outcome, p), without

    done: list[Any] = []
    with threadpool_limits(limits=1), ThreadPoolExecutor(2) as threads:
        for start in range(0, FOLDS, 2):
            done += threads.map(one, folds[start : start + 2])
            trial.report(float(np.mean([value for value, _ in done])), len(done))
            if may_prune and len(done) < FOLDS and trial.should_prune():
                break
    value = float(np.mean([value for value, _ in done])) if len(done) == FOLDS else None
    tried = {"family": family, "features": features, "params": params}
    return tried | {"value": value, "without": [without for _, without in done]}


def fit_model(parts: dict[str, pd.DataFrame], found: dict[str, Any]) -> dict[str, Any]:
    """Fit the choice, choose its calibration by cross-validated log loss, and its threshold on cross-fitted rows."""
    from sklearn.isotonic import IsotonicRegression
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import f1_score
    from sklearn.model_selection import StratifiedKFold

    best, train = found["best"], parts["train"]
    X, y = add_features(train), parts["calibration"][TARGET].to_numpy()
    names = feature_sets(X, train[TARGET])[best["features"]]
    estimator = build(best["family"], best["params"]).fit(X[names], train[TARGET])
    p = estimator.predict_proba(add_features(parts["calibration"])[names])[:, 1]

    def mapped(method: str, learn: Any, apply: np.ndarray) -> np.ndarray:
        if method == "sigmoid":
            line = LogisticRegression(C=np.inf).fit(_odds(p[learn]), y[learn])
            return line.predict_proba(_odds(apply))[:, 1]
        if method == "isotonic":
            return IsotonicRegression(out_of_bounds="clip").fit(p[learn], y[learn]).predict(apply)
        return apply

    crossed = {method: p.copy() for method in ("none", "sigmoid", "isotonic")}
    for method, values in crossed.items():
        for learned, held in StratifiedKFold(10, shuffle=True, random_state=SEED).split(p[:, None], y):
            values[held] = mapped(method, learned, p[held])
    losses = {method: _losses(y, values) for method, values in crossed.items()}
    least = min(losses, key=lambda method: losses[method].mean())
    differences = {method: loss - losses[least] for method, loss in losses.items()}
    method = next(m for m, d in differences.items() if d.mean() <= d.std(ddof=1) / np.sqrt(len(d)))
    candidates = np.unique(np.quantile(crossed[method], np.linspace(0.01, 0.99, 99)))

    def choose(rows: np.ndarray) -> float:
        truth, scored = y[rows], crossed[method][rows]
        reached = [_f1_macro(truth, scored >= cut) for cut in candidates]
        return float(candidates[np.argmax(reached)])

    rng = np.random.default_rng(SEED)
    threshold = choose(np.arange(len(y)))
    drawn = [choose(rng.integers(len(y), size=len(y))) for _ in range(THRESHOLD_RESAMPLES)]
    everyone = np.arange(len(y))

    def predict(rows: pd.DataFrame) -> np.ndarray:
        return mapped(method, everyone, estimator.predict_proba(add_features(rows)[names])[:, 1])

    reached = f1_score(y, crossed[method] >= threshold, average="macro")
    told = {"estimator": estimator, "names": names, "calibration": method, "predict": predict, "f1_macro": reached}
    return told | {"threshold": threshold, "interval": np.quantile(drawn, [0.025, 0.975]).tolist()}


def _odds(p: np.ndarray) -> np.ndarray:
    from scipy.special import logit

    return logit(np.clip(p, 1e-12, 1 - 1e-12))[:, None]


def _losses(y: np.ndarray, p: np.ndarray) -> np.ndarray:
    clipped = np.clip(p, 1e-12, 1 - 1e-12)
    return -np.where(y == 1, np.log(clipped), np.log1p(-clipped))


def _f1_macro(y: np.ndarray, chosen: np.ndarray) -> float:
    hits, flagged, positives, rows = (y[chosen] == 1).sum(), chosen.sum(), (y == 1).sum(), len(y)
    spared = rows - flagged - positives + hits
    return float((hits / max(flagged + positives, 1)) + (spared / max(2 * rows - flagged - positives, 1)))


def evaluate(parts: dict[str, pd.DataFrame], found: dict[str, Any], model: dict[str, Any]) -> dict[str, Any]:
    """Return the metrics on the test rows and the ablation, each with a bootstrap interval."""
    from sklearn import metrics as m
    from sklearn.linear_model import LogisticRegression

    test, train = parts["test"], parts["train"]
    y, p = test[TARGET].to_numpy(), model["predict"](test)
    X, unseen = add_features(train), add_features(test)
    sets, best, baseline = feature_sets(X, train[TARGET]), found["best"], found["baseline"]
    steps = {name: (baseline["family"], baseline["params"], sets[name]) for name in sets}
    steps["search"] = (best["family"], best["params"], sets[best["features"]])
    scored = {
        name: build(family, params).fit(X[names], train[TARGET]).predict_proba(unseen[names])[:, 1]
        for name, (family, params, names) in steps.items()
    }
    edges = np.quantile(p, np.linspace(0, 1, 16)[1:-1])

    def measure(rows: np.ndarray) -> dict[str, float]:
        truth, q = y[rows], p[rows]
        chosen = q >= model["threshold"]
        slope = LogisticRegression(C=np.inf).fit(_odds(q), truth)
        bins = pd.DataFrame({"bin": np.digitize(q, edges), "y": truth, "p": q}).groupby("bin").mean()
        areas = {name: m.roc_auc_score(truth, each[rows]) for name, each in scored.items()}
        return {
            "auc": m.roc_auc_score(truth, q),
            "average_precision": m.average_precision_score(truth, q),
            "brier": m.brier_score_loss(truth, q),
            "log_loss": m.log_loss(truth, q),
            "calibration_slope": float(slope.coef_[0, 0]),
            "calibration_intercept": float(slope.intercept_[0]),
            "observed_over_expected": truth.sum() / q.sum(),
            "calibration_error": float(np.sqrt(((bins["y"] - bins["p"]) ** 2).mean())),
            "f1_positive": m.f1_score(truth, chosen),
            "f1_macro": m.f1_score(truth, chosen, average="macro"),
            "accuracy": m.accuracy_score(truth, chosen),
            "auc_gain": areas["search"] - areas[baseline["features"]],
            **{f"ablation/{name}": area for name, area in areas.items()},
        }

    rng = np.random.default_rng(SEED)
    draws = pd.DataFrame([measure(rng.integers(len(y), size=len(y))) for _ in range(RESAMPLES)])
    ends = draws.quantile([0.025, 0.975])
    return {name: (value, *ends[name]) for name, value in measure(np.arange(len(y))).items()}


def explain(model: dict[str, Any], test: pd.DataFrame, out: Path) -> dict[str, float]:
    """Return the mean absolute SHAP value of each feature, and draw the beeswarm."""
    import matplotlib as mpl
    import shap

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    rows = add_features(test.iloc[:EXPLAINED])[model["names"]]
    estimator = model["estimator"]
    if hasattr(estimator, "steps"):
        seen = estimator[:-1].transform(rows)
        names, values = None, shap.LinearExplainer(estimator[-1], seen).shap_values(seen)
    else:
        seen, names = rows, list(rows)
        values = shap.TreeExplainer(estimator).shap_values(rows, check_additivity=False)
    values = values[..., 1] if values.ndim == 3 else values
    shap.summary_plot(values, seen, feature_names=names, show=False)
    plt.savefig(out / "beeswarm.png")
    plt.close("all")
    mean = np.abs(values).mean(axis=0)
    return dict(zip(names or [f"column {at}" for at in range(len(mean))], mean.tolist(), strict=True))


def compare_groups(test: pd.DataFrame, model: dict[str, Any]) -> dict[str, Any]:
    """Return the rates of each group with Wilson intervals, and fairlearn's comparisons; not flagged is favourable."""
    from fairlearn import metrics as f
    from scipy.stats import binomtest
    from sklearn.metrics import precision_score, roc_auc_score

    y, p = test[TARGET], pd.Series(model["predict"](test), test.index)
    flagged = (p >= model["threshold"]).astype(int)
    groups = test[list(PROTECTED)].assign(AGE=np.digitize(test["AGE"], [25, 35, 45, 60]))
    rates = {"selection": f.selection_rate, "tpr": f.true_positive_rate, "fpr": f.false_positive_rate}
    told: dict[str, Any] = {}
    by_name: dict[str, Any] = {name: groups[name] for name in PROTECTED}
    for name, group in (by_name | {"all": groups.astype(str).agg("/".join, axis=1)}).items():
        large = group.map(group.value_counts()) >= 100
        if not large.any():
            continue
        kept = {"y_true": y[large], "y_pred": flagged[large], "sensitive_features": group[large]}
        frame = f.MetricFrame(metrics=rates | {"ppv": precision_score}, **kept).by_group
        for value in frame.index:
            rows = group == value
            one = y[rows].nunique() < 2
            frame.loc[value, "auc"] = np.nan if one else roc_auc_score(y[rows], p[rows])
            frame.loc[value, "observed_over_expected"] = y[rows].sum() / p[rows].sum()
            spared = binomtest(int((flagged[rows] == 0).sum()), int(rows.sum())).proportion_ci(method="wilson")
            frame.loc[value, ["spared_low", "spared_high"]] = spared.low, spared.high
        spared = 1 - frame["selection"]
        told[name] = {
            "groups": json.loads(frame.to_json(orient="index")),
            "demographic_parity_ratio": float(spared.min() / spared.max()),
            "equalized_odds_difference": float(f.equalized_odds_difference(**kept)),
        }
    return told


def judge_gates(metrics: dict[str, Any], fairness: dict[str, Any]) -> dict[str, bool]:
    """Return whether each gate of the use case is kept."""
    at_least = {"auc": 0.75, "auc_gain": -0.005, "f1_macro": 0.65}
    verdicts = {name: metrics[name][1] >= limit for name, limit in at_least.items()}
    for name, low, high in (("observed_over_expected", 0.9, 1.1), ("calibration_slope", 0.8, 1.25)):
        verdicts[name] = low <= metrics[name][1] and metrics[name][2] <= high
    verdicts |= {name: fairness[name]["demographic_parity_ratio"] >= 0.8 for name in ("SEX", "AGE") if name in fairness}
    return {name: bool(kept) for name, kept in verdicts.items()}


def register(out: Path, model: dict[str, Any], metrics: dict[str, Any]) -> None:
    """Log the run and register the model, without a pickle, in a registry of its own."""
    import mlflow

    mlflow.set_tracking_uri(f"sqlite:///{out / 'mlflow.db'}")
    mlflow.set_experiment(experiment_id=mlflow.create_experiment("plain", (out / "artifacts").as_uri()))
    with mlflow.start_run():
        mlflow.log_params({"calibration": model["calibration"], "threshold": model["threshold"]})
        mlflow.log_metrics({name: float(value) for name, (value, *_) in metrics.items()})
        mlflow.log_artifact(str(out / "beeswarm.png"))
        trusted = _untrusted(model["estimator"])
        kept = {"serialization_format": "skops", "skops_trusted_types": trusted, "pip_requirements": ["scikit-learn"]}
        logged = mlflow.sklearn.log_model(model["estimator"], name="model", **kept)
        version = mlflow.register_model(logged.model_uri, "plain")
        mlflow.MlflowClient().set_registered_model_alias("plain", "champion", version.version)


def _untrusted(estimator: Any) -> list[str]:
    import skops.io

    return skops.io.get_untrusted_types(data=skops.io.dumps(estimator))


def watch(parts: dict[str, pd.DataFrame], model: dict[str, Any], out: Path) -> list[int]:
    """Score two batches, compare them with the training rows by Evidently, and write its pages."""
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    codes, numbers = ["SEX", "EDUCATION", "MARRIAGE"], ["LIMIT_BAL", "AGE", *STATUS, *BILLS, *PAYMENTS, "probability"]
    definition = DataDefinition(numerical_columns=numbers, categorical_columns=codes)

    def scored(rows: pd.DataFrame) -> Any:
        frame = rows.assign(probability=model["predict"](rows))
        return Dataset.from_pandas(frame[numbers + codes], data_definition=definition)

    past, counts = scored(parts["train"]), []
    for number, places in enumerate(np.array_split(np.arange(len(parts["live"])), 2)):
        preset = DataDriftPreset(
            num_method="wasserstein", num_threshold=0.15, cat_method="jensenshannon", cat_threshold=0.1
        )
        snapshot = Report([preset]).run(scored(parts["live"].iloc[places]), past)
        snapshot.save_html(str(out / f"drift_{number}.html"))
        counts.append(int(snapshot.dict()["metrics"][0]["value"]["count"]))
    return counts


def write_cards(out: Path, told: dict[str, Any]) -> None:
    """Write everything that was measured as JSON and as a page."""
    text = json.dumps(told, indent=1, default=str)
    (out / "model_card.json").write_text(text, encoding="utf-8")
    (out / "model_card.html").write_text(f"<pre>{text}</pre>", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
