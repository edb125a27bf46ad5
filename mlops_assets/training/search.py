"""Search: which family, with which parameters, is best in cross-validation on the training split.

Holds the order of the trials and their pruning. The fit of one trial is in `folds`, the file that a search resumes
from in `journal`, the records in `trials`, the spaces in `parameters` and `families/`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlops_assets.errors import DataError
from mlops_assets.training.folds import Folds, build_folds, score_folds
from mlops_assets.training.journal import ERROR, content_digest, open_study
from mlops_assets.training.parameters import FamilySpace, family_space, prefixed, suggest
from mlops_assets.training.trials import SearchResult, TrialRecord, TrialState
from mlops_assets.use_case.metrics import EVALUATION
from mlops_assets.use_case.training import Search, Training

if TYPE_CHECKING:
    import numpy.typing as npt
    import optuna

_STARTUP = 6  # Trials drawn evenly over the space before TPE learns from them; the defaults are among them.
_UNPRUNED = 4  # Complete trials before any is pruned against their median.
# What a fit may raise for its parameters or its data. Anything else is a fault of this program, and stops it.
_FIT_FAULTS = (ValueError, TypeError, ArithmeticError, MemoryError, RuntimeError, AttributeError, KeyError, IndexError)


def search(
    X: pd.DataFrame,
    y: pd.Series | npt.NDArray[np.int8],
    training: Training,
    *,
    journal: Path,
    study_name: str,
    on_progress: Callable[[str], None] | None = None,
) -> SearchResult:
    """Search families and parameters by seeded TPE (Bergstra et al. 2011) over stratified folds, pruned by median.

    The first trial of each family is its default, and defaults are never pruned: where there are at least as many
    trials as families the winner is never worse than the best default. A trial that raises is recorded as failed and
    counts as tried.

    Every trial is drawn by a sampler seeded with its position, from the finished trials before it. So two fresh
    searches are equal, and so are a fresh one and one that was killed and resumed, however often: a trial that was
    running when the process died is marked failed and tried again with the same parameters. Only a timeout, and the
    seconds of the trials, depend on the machine.

    Args:
        X: features of the training split, shape (rows, features); missing values are NaN.
        y: outcomes, shape (rows,), 1 positive and 0 negative.
        training: families and `search`.
        journal: file of the study. One process at a time may search into it.
        study_name: name of the study, with a hash of configuration and data in it.
        on_progress: told one line a trial.

    Raises:
        DataError: rows that cannot be cross-validated, or no trial succeeded.
        ConfigError: a parameter that its family does not know.
        IntegrityError: the journal is damaged, or holds a study of that name over other data.
    """
    say = on_progress or (lambda _line: None)
    config = training.search
    families = tuple(family_space(name, family) for name, family in training.families.items())
    folds = build_folds(X, y, config)
    study = open_study(
        journal,
        study_name,
        content_digest(folds, families, config),
        maximise=EVALUATION[config.metric].higher_is_better,
        startup=max(_UNPRUNED, len(families)),
    )
    run = _Run(study, folds, families, config, say)
    run.finish()
    return run.result(study_name)


@dataclass(frozen=True)
class _Run:
    """One call of `search`, at work on an opened study."""

    study: optuna.Study
    folds: Folds
    families: tuple[FamilySpace, ...]
    config: Search
    say: Callable[[str], None]

    def finish(self) -> None:
        """Try what is still to be tried, until the declared number of trials or the timeout."""
        done = len(self.records())
        if 0 < done < self.config.trials:
            self.say(f"the search goes on: {done} of {self.config.trials} trials are in its journal")
        started = time.monotonic()
        for number in range(done, self.config.trials):
            late = time.monotonic() - started > (self.config.timeout_seconds or np.inf)
            if late and any(record.state == TrialState.COMPLETE for record in self.records()):
                self.say(f"stopped by the timeout after {number} of {self.config.trials} trials")
                return
            self._try(number)
            self.say(self._line(self.records()[number]))

    def _try(self, number: int) -> None:
        """Draw, fit and record the trial at one position."""
        from optuna.trial import TrialState as State

        trial = self._ask(number)
        family, params = suggest(trial, self.families)
        trial.set_user_attr("family", family)
        trial.set_user_attr("params", params)
        scores: tuple[float, ...] = ()
        state, error = State.COMPLETE, None
        try:
            with closing(score_folds(self.folds, family, params)) as waves:
                for scores in waves:
                    trial.report(float(np.mean(scores)), len(scores))
                    if len(scores) < self.config.folds and number >= len(self.families) and trial.should_prune():
                        state = State.PRUNED
                        break
        except _FIT_FAULTS as fault:
            state, error = State.FAIL, f"{type(fault).__name__}: {fault}"
        trial.set_user_attr("folds", list(scores))
        if error is not None:
            trial.set_user_attr(ERROR, error)  # Last, because from here on the trial counts as tried.
        self.study.tell(trial, float(np.mean(scores)) if state == State.COMPLETE else None, state=state)

    def _ask(self, number: int) -> optuna.Trial:
        """Draw the trial at one position: the default of a family first, later by TPE from what is known by then."""
        import optuna

        seed = int(np.random.SeedSequence([self.config.seed, number]).generate_state(1)[0])
        self.study.sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=_STARTUP, multivariate=False)
        waiting = self.study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.WAITING,))
        if number < len(self.families) and not waiting:
            self.study.enqueue_trial(prefixed(self.families[number]))
        return self.study.ask()

    def records(self) -> tuple[TrialRecord, ...]:
        """Return the trials that ended by themselves, in order."""
        from optuna.trial import TrialState as State

        states = {State.COMPLETE: TrialState.COMPLETE, State.PRUNED: TrialState.PRUNED, State.FAIL: TrialState.FAILED}
        ended = [
            trial
            for trial in self.study.get_trials(deepcopy=False)
            if trial.state in (State.COMPLETE, State.PRUNED)
            or (trial.state == State.FAIL and ERROR in trial.user_attrs)
        ]
        return tuple(
            TrialRecord(
                number=number,
                family=trial.user_attrs["family"],
                params=trial.user_attrs["params"],
                state=states[trial.state],
                value=trial.value if trial.state == State.COMPLETE else None,
                folds=tuple(trial.user_attrs["folds"]),
                error=trial.user_attrs.get(ERROR),
                seconds=trial.duration.total_seconds() if trial.duration else 0.0,
            )
            for number, trial in enumerate(ended)
        )

    def best(self) -> TrialRecord | None:
        """Return the best complete trial, of equal ones the first."""
        sign = 1 if EVALUATION[self.config.metric].higher_is_better else -1
        complete = [record for record in self.records() if record.value is not None]
        return max(complete, key=lambda record: sign * (record.value or 0.0), default=None)

    def _line(self, record: TrialRecord) -> str:
        head = f"trial {record.number + 1} of {self.config.trials}: {record.family}"
        best = self.best()
        tail = f" (best {best.value:.4f})" if best else ""
        if record.error is not None:
            return f"{head} failed: {record.error}{tail}"
        figure = f"{self.config.metric} {np.mean(record.folds):.4f}"
        if record.state == TrialState.PRUNED:
            folds = f"{len(record.folds)} of {self.config.folds} folds"
            return f"{head} pruned after {folds}: {figure} is worse than the median there{tail}"
        return f"{head} {figure}{tail}"

    def result(self, study_name: str) -> SearchResult:
        """Return the record of the search; raise DataError where no trial succeeded."""
        records, best = self.records(), self.best()
        if best is None or best.value is None:
            raise DataError(
                f"none of {len(records)} trials succeeded",
                where=f"the search over {', '.join(family.name for family in self.families)}",
                expected="at least one trial that can be fitted",
                got=f"first error: {records[0].error}",
                fix="mend training.families or the features; the next search starts over",
            )
        return SearchResult(
            family=best.family,
            params=best.params,
            value=best.value,
            number=best.number,
            metric=self.config.metric,
            higher_is_better=EVALUATION[self.config.metric].higher_is_better,
            trials=records,
            folds=self.config.folds,
            rows=len(self.folds.y),
            seed=self.config.seed,
            study_name=study_name,
        )
