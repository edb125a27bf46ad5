"""The search: reproducible, resumable, never worse than its defaults, and plain about what fails."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter

from mlops_assets.errors import DataError, IntegrityError
from mlops_assets.training import search as module
from mlops_assets.training.trials import SearchResult, TrialState
from mlops_assets.use_case.training import Family, Search, Training


@pytest.fixture(scope="module")
def fresh(table, quick, tmp_path_factory, run_search) -> SearchResult:
    """An uninterrupted search."""
    return run_search(*table, quick, journal=tmp_path_factory.mktemp("fresh") / "journal.log")


def test_two_fresh_searches_try_the_same_and_find_the_same(table, quick, fresh, tmp_path, run_search):
    again = run_search(*table, quick, journal=tmp_path / "journal.log")

    assert again.digest == fresh.digest
    assert [trial.params for trial in again.trials] == [trial.params for trial in fresh.trials]


def test_the_declared_number_of_trials_is_made_and_the_first_of_each_family_is_its_default(quick, fresh):
    first = {trial.family: trial for trial in fresh.trials[: fresh.candidates]}

    assert len(fresh.trials) == quick.search.trials
    assert set(first) == set(quick.families)
    assert first["logistic_regression"].params["C"] == 0.3
    assert all(trial.state == TrialState.COMPLETE and trial.features == "raw" for trial in first.values())


def test_defaults_of_every_family_are_tried_however_few_trials_are_asked_for(table, quick, tmp_path, run_search):
    training = quick.model_copy(update={"search": Search(trials=1, folds=2)})
    result = run_search(*table, training, journal=tmp_path / "j")

    assert {trial.family for trial in result.trials} == set(quick.families)


def test_trial_0_is_the_best_default_and_stays_the_choice_unless_the_gain_exceeds_its_standard_error(fresh):
    values = [trial.value for trial in fresh.trials[: fresh.candidates]]
    better = [trial for trial in fresh.trials[1:] if trial.gain is not None and trial.gain > trial.gain_error]

    assert fresh.baseline.value == max(values)
    assert fresh.number == max(better, key=lambda trial: trial.value, default=fresh.baseline).number
    assert fresh.gain == fresh.value - fresh.baseline.value
    assert (fresh.family, fresh.params) == (fresh.trials[fresh.number].family, fresh.trials[fresh.number].params)


def test_a_trial_states_its_folds_and_its_value_is_their_mean(quick, fresh):
    for trial in fresh.trials:
        assert trial.seconds > 0
        if trial.state == TrialState.COMPLETE:
            assert trial.value == np.mean(trial.folds)
            assert len(trial.folds) == quick.search.folds


def test_the_result_survives_json(fresh):
    adapter = TypeAdapter(SearchResult)

    assert adapter.validate_json(adapter.dump_json(fresh)) == fresh


def interrupt_at(monkeypatch, call: int) -> None:
    """Let the process be interrupted in the middle of its `call`-th trial, after its first folds."""
    calls = iter(range(1000))
    real = module.score_folds

    def cut(*arguments):
        place = next(calls)
        for scores in real(*arguments):
            yield scores
            if place == call:
                raise KeyboardInterrupt

    monkeypatch.setattr(module, "score_folds", cut)


@pytest.mark.parametrize("call", [0, 1, 4, 6])
def test_an_interrupted_search_ends_as_if_it_had_not_been(  # noqa: PLR0917  fixtures
    call, table, quick, fresh, tmp_path, monkeypatch, run_search
):
    journal = tmp_path / "journal.log"
    with monkeypatch.context() as patched:
        interrupt_at(patched, call)
        with pytest.raises(KeyboardInterrupt):
            run_search(*table, quick, journal=journal)
    lines: list[str] = []
    resumed = run_search(*table, quick, journal=journal, on_progress=lines.append)

    assert resumed.digest == fresh.digest
    assert len([line for line in lines if line.startswith("trial ")]) == quick.search.trials - call


def test_a_process_that_dies_between_two_records_of_one_trial_does_no_harm(  # noqa: PLR0917  fixtures
    table, quick, fresh, tmp_path, monkeypatch, run_search
):
    """The default of a family is queued in the journal before it is drawn from it."""
    import optuna

    journal = tmp_path / "journal.log"
    with monkeypatch.context() as patched:
        patched.setattr(optuna.Study, "ask", lambda _self: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run_search(*table, quick, journal=journal)

    assert run_search(*table, quick, journal=journal).digest == fresh.digest


@pytest.mark.parametrize("share", [0.2, 0.45, 0.7, 0.95])
def test_a_journal_cut_anywhere_goes_on(  # noqa: PLR0917  fixtures
    share, table, quick, fresh, tmp_path, run_search
):
    """What a killed process has written is a beginning of what it would have written."""
    journal = tmp_path / "journal.log"
    run_search(*table, quick, journal=journal)
    content = journal.read_bytes()
    journal.write_bytes(content[: int(share * len(content))])

    assert run_search(*table, quick, journal=journal).digest == fresh.digest


def test_a_half_written_last_line_is_cut_off(  # noqa: PLR0917  fixtures
    table, quick, fresh, tmp_path, monkeypatch, run_search
):
    journal = tmp_path / "journal.log"
    with monkeypatch.context() as patched:
        interrupt_at(patched, 3)
        with pytest.raises(KeyboardInterrupt):
            run_search(*table, quick, journal=journal)
    journal.write_bytes(journal.read_bytes() + b'{"op_code":6,"work')

    assert run_search(*table, quick, journal=journal).digest == fresh.digest


def test_a_finished_search_fits_nothing_again(table, quick, tmp_path, monkeypatch, run_search):
    journal = tmp_path / "journal.log"
    first = run_search(*table, quick, journal=journal)
    monkeypatch.setattr(module, "score_folds", lambda *_: pytest.fail("a trial was fitted"))

    assert run_search(*table, quick, journal=journal) == first


def test_a_killed_process_leaves_a_journal_that_goes_on(table, quick, fresh, tmp_path, run_search):
    """Kill -9 in the middle of a trial, then the same search in this process."""
    journal = tmp_path / "journal.log"
    X, y = table
    X.assign(y=y).to_parquet(tmp_path / "table.parquet")
    (tmp_path / "quick.json").write_text(quick.model_dump_json())
    program = f"""
        import os, signal
        from pathlib import Path
        import pandas as pd
        from mlops_assets.training.folds import Recipe, build_folds
        from mlops_assets.training.search import search
        from mlops_assets.use_case.data import Column, Splits
        from mlops_assets.use_case.features import Features
        from mlops_assets.use_case.training import Training
        table = pd.read_parquet({str(tmp_path / "table.parquet")!r})
        quick = Training.model_validate_json(Path({str(tmp_path / "quick.json")!r}).read_text())
        lines = []
        def say(line):
            lines.append(line)
            if len(lines) == 3:
                os.kill(os.getpid(), signal.SIGKILL)
        X, y = table.drop(columns="y"), table["y"]
        recipe = Recipe(tuple(X), {{name: Column(type="number") for name in X}}, Features())
        folds = build_folds(X, y, search=quick.search, splits=Splits(), recipe=recipe)
        search(folds, quick, journal=Path({str(journal)!r}), version="v1", on_progress=say)
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=False, capture_output=True)
    assert ended.returncode == -9, ended.stderr.decode()

    assert run_search(X, y, quick, journal=journal).digest == fresh.digest


@pytest.mark.parametrize("other", ["data", "code"])
def test_trials_of_other_data_or_other_code_are_not_resumed(  # noqa: PLR0917  fixtures
    other, table, quick, fresh, tmp_path, run_search
):
    """Their studies stand in the same journal, each under its own name."""
    X, y = table
    journal, lines = tmp_path / "journal.log", []
    run_search(X + (other == "data"), y, quick, journal=journal, version="v2" if other == "code" else "v1")
    found = run_search(X, y, quick, journal=journal, on_progress=lines.append)

    assert found.digest == fresh.digest
    assert lines[0].startswith("trial 1 of")


def test_a_damaged_journal_is_told_with_the_way_out(table, quick, tmp_path, run_search):
    journal = tmp_path / "journal.log"
    journal.write_text("not a journal\nat all\n")

    with pytest.raises(IntegrityError, match=r"journal of the search is damaged.*delete the file"):
        run_search(*table, quick, journal=journal)


def broken(trials: int) -> Training:
    """One family that can be fitted and one whose fit always raises."""
    return Training(
        families={"logistic_regression": Family(), "random_forest": Family(fixed={"n_estimators": -1})},
        search=Search(trials=trials, folds=2),
    )


def test_a_trial_that_raises_is_recorded_with_its_error(table, tmp_path, run_search):
    lines: list[str] = []
    result = run_search(*table, broken(5), journal=tmp_path / "j", on_progress=lines.append)
    failed = [trial for trial in result.trials if trial.state == TrialState.FAILED]

    assert len(result.trials) == 5
    assert result.family == "logistic_regression"
    assert failed
    assert all("n_estimators" in (trial.error or "") and trial.value is None for trial in failed)
    assert any("random_forest on raw failed: InvalidParameterError" in line for line in lines)


@pytest.mark.parametrize("share", [0.5, 0.8])
def test_a_journal_with_failures_goes_on_from_wherever_it_was_cut(share, table, tmp_path, run_search):
    whole = run_search(*table, broken(5), journal=tmp_path / "whole")
    content = (tmp_path / "whole").read_bytes()
    ends = [place for place, byte in enumerate(content) if byte == ord("\n") and place > share * len(content)]
    for end in ends[:12]:
        (tmp_path / "cut").write_bytes(content[: end + 1])

        assert run_search(*table, broken(5), journal=tmp_path / "cut").digest == whole.digest


def test_a_search_in_which_nothing_succeeds_raises_once_and_starts_over_when_mended(table, quick, tmp_path, run_search):
    only = Training(families={"random_forest": Family(fixed={"n_estimators": -1})}, search=Search(trials=2, folds=2))
    with pytest.raises(DataError, match=r"none of 1 trials succeeded.*n_estimators"):
        run_search(*table, only, journal=tmp_path / "j")

    assert run_search(*table, quick, journal=tmp_path / "j").value > 0.5


def test_progress_names_trial_family_metric_and_best(table, quick, tmp_path, run_search):
    lines: list[str] = []
    run_search(*table, quick, journal=tmp_path / "j", on_progress=lines.append)

    assert len(lines) == 7
    assert lines[0].startswith("trial 1 of 7: logistic_regression on raw auc 0.")
    assert "(best 0." in lines[0]


@pytest.mark.parametrize("metric", ["brier", "log_loss"])
def test_a_metric_that_is_better_when_lower_is_minimised(metric, table, quick, tmp_path, run_search):
    training = quick.model_copy(update={"search": Search(trials=5, folds=2, metric=metric)})
    result = run_search(*table, training, journal=tmp_path / "j")

    assert not result.higher_is_better
    assert result.value == min(trial.value for trial in result.trials if trial.value is not None)


@pytest.mark.parametrize("metric", ["auc", "brier"])
def test_the_interval_of_the_cross_validated_value_ends_where_the_metric_does(metric, tmp_path, run_search):
    """A value near its best has a standard error that reaches past it: an AUC of 1.001 cannot be."""
    rng = np.random.default_rng(2)
    X = pd.DataFrame({"a": rng.normal(size=240)})
    y = (X["a"] + 0.08 * rng.normal(size=240) > 1).to_numpy().astype(np.int8)
    training = Training(
        families={"logistic_regression": Family(space={}, fixed={"C": 1000.0})},
        search=Search(trials=1, folds=2, seed=1, metric=metric),
    )
    result = run_search(X, y, training, journal=tmp_path / "j")

    assert 0 <= result.low < result.value < result.high <= 1


def test_a_hopeless_trial_is_pruned_before_its_last_fold(table, tmp_path, run_search):
    """Four good trials set a median; a booster that learns nothing stays below it and is cut off."""
    training = Training(
        families={
            "logistic_regression": Family(space={}, fixed={"C": 1.0}),
            "hist_gradient_boosting": Family(
                fixed={
                    "max_iter": 2,
                    "learning_rate": 0.1,
                    "l2_regularization": 1.0,
                    "max_features": 1.0,
                    "min_samples_leaf": 100,
                    "max_leaf_nodes": 2,
                }
            ),
        },
        search=Search(trials=12, folds=4, seed=1),
    )
    result = run_search(*table, training, journal=tmp_path / "j")
    pruned = [trial for trial in result.trials if trial.state == TrialState.PRUNED]

    assert pruned
    assert all(len(trial.folds) == 2 and trial.value is None for trial in pruned)


def test_a_timeout_keeps_what_was_found_by_then(table, quick, tmp_path, monkeypatch, run_search):
    """A clock that moves ten seconds at each look: two trials start within 25 seconds."""
    clock = iter(range(0, 10_000, 10))
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    training = quick.model_copy(update={"search": Search(trials=50, folds=2, timeout_seconds=25)})
    lines: list[str] = []
    result = run_search(*table, training, journal=tmp_path / "j", on_progress=lines.append)

    assert len(result.trials) == 2
    assert lines[-1] == "stopped by the timeout after 2 of 50 trials"


def test_a_search_may_look_at_fewer_rows_with_the_same_class_shares(table, fold_cutter):
    X, y = table
    folds = fold_cutter(X, y, Training(search=Search(rows=100, folds=2)))
    held = np.concatenate([part.held.y for part in folds.parts])

    assert folds.rows == len(held) == 100
    assert held.mean() == pytest.approx(y.mean(), abs=0.01)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X, y: (X, np.zeros_like(y)), r"too few rows.*0 positive and 240 negative"),
        (lambda X, y: (X, np.where(np.arange(len(y)) < 2, 1, 0)), r"at least 3 positive.*got 2 positive"),
        (lambda X, y: (X.iloc[:40], y[:40]), "too few rows to learn from"),
        (lambda X, y: (X[[]], y), "no feature is left"),
        (lambda X, y: (X.iloc[:0], y[:0]), "no outcomes"),
    ],
)
def test_rows_that_cannot_be_cross_validated_end_in_one_clear_error(  # noqa: PLR0917  fixtures
    change, message, table, quick, tmp_path, run_search
):
    with pytest.raises(DataError, match=message):
        run_search(*change(*table), quick, journal=tmp_path / "j")


def test_a_tiny_table_of_one_feature_is_searched(table, quick, tmp_path, run_search):
    X, y = table
    training = quick.model_copy(update={"search": Search(trials=3, folds=3)})
    result = run_search(X[["a b"]].iloc[:120], y[:120], training, journal=tmp_path / "j")

    assert result.value > 0.6
