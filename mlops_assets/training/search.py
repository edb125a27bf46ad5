"""Search: which family, feature set and parameters are best in cross-validation on the training split.

Holds the order of the trials and their pruning. The folds and the fit of one trial are in `folds`, the baseline, the
choice and the records in `trials`, the file that a search resumes from in `journal`, the spaces in `parameters` and
`plugins/families/`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlops_assets.errors import DataError
from mlops_assets.statistics.proportions import normal_quantile
from mlops_assets.training.folds import Folds, FoldScore, score_folds
from mlops_assets.training.journal import ERROR, open_study, study_name
from mlops_assets.training.parameters import FamilySpace, family_space, prefixed, suggest
from mlops_assets.training.trials import Ended, SearchResult, TrialState, build_records, choose, find_baseline
from mlops_assets.use_case.metrics import EVALUATION, gate_range
from mlops_assets.use_case.training import Training

if TYPE_CHECKING:
    import optuna

_RANDOM = 3  # Trials drawn evenly over the space, after the planned ones and before TPE learns from all of them.
_UNPRUNED = 4  # Complete trials before any is pruned against their median.
# What a fit may raise because of its parameters or its data. Anything else is a bug of this program and stops it.
_FAULTS = (DataError, ValueError, TypeError, ArithmeticError, MemoryError, RuntimeError, AttributeError, LookupError)


def search(
    folds: Folds,
    training: Training,
    *,
    journal: Path,
    version: str,
    on_progress: Callable[[str], None] | None = None,
) -> SearchResult:
    """Search families, feature sets and parameters by seeded TPE (Bergstra et al. 2011), pruned by median.

    The first trials are each family at its defaults on the plainest features; all of them are tried, however few
    trials are asked for. The best of them is the baseline (`training.baseline` may name another), trial 0 of the
    result. Next come its defaults on the other feature sets. None of these is pruned. The baseline stays the choice
    unless another trial is better by more than one standard error of the paired gain. A trial that raises is recorded
    as failed and counts as tried.

    Every trial is drawn by a sampler seeded with its position, from the finished trials before it. So two fresh
    searches are equal, and so are a fresh one and one that was killed and resumed, however often: a trial that was
    running when the process died is marked failed and tried again with the same parameters. Only a timeout, and the
    seconds of the trials, depend on the machine.

    Args:
        folds: the matrices of the cross-validation.
        training: families, `search` and `baseline`.
        journal: file of the study. One process at a time may search into it.
        version: version of the code that searches and fits; trials of another one are not resumed.
        on_progress: called with one line per trial.

    Raises:
        DataError: no family can be fitted at its defaults, or the declared baseline cannot.
        IntegrityError: the journal is damaged.
    """
    say = on_progress or (lambda _line: None)
    families = tuple(family_space(name, family) for name, family in training.families.items())
    study = open_study(
        journal,
        study_name(folds, families, training.baseline, version),
        maximise=EVALUATION[folds.metric].higher_is_better,
        startup=max(_UNPRUNED, len(families) + len(folds.sets) - 1),
    )
    run = _Run(study, folds, families, training, say)
    run.finish()
    return run.result()


@dataclass(frozen=True)
class _Run:
    """One call of `search`, on an opened study."""

    study: optuna.Study
    folds: Folds
    families: tuple[FamilySpace, ...]
    training: Training
    say: Callable[[str], None]

    @property
    def planned(self) -> int:
        """Trials that are not drawn: the defaults of each family, and of the baseline's on the other feature sets."""
        return len(self.families) + len(self.folds.sets) - 1

    @property
    def total(self) -> int:
        """Number of trials to run."""
        return max(self.training.search.trials, len(self.families))

    @property
    def higher_is_better(self) -> bool:
        """Whether a higher value is better."""
        return EVALUATION[self.folds.metric].higher_is_better

    def finish(self) -> None:
        """Run the remaining trials, until the declared number of trials or the timeout."""
        done = len(self.ended())
        if 0 < done < self.total:
            self.say(f"the search continues: {done} of {self.total} trials are in its journal")
        started = time.monotonic()
        for number in range(done, self.total):
            late = time.monotonic() - started > (self.training.search.timeout_seconds or np.inf)
            if late and number >= len(self.families):
                self.say(f"stopped by the timeout after {number} of {self.total} trials")
                return
            self._try(number)
            self.say(self._line(number))

    def _try(self, number: int) -> None:
        """Draw, fit and record the trial at one position."""
        from optuna.trial import TrialState as State

        trial = self._ask(number)
        family, features, params = suggest(trial, self.families, self.folds.sets)
        for key, value in (("family", family), ("features", features), ("params", params)):
            trial.set_user_attr(key, value)
        scores: tuple[FoldScore, ...] = ()
        state, error = State.COMPLETE, None
        try:
            with closing(score_folds(self.folds, family, params, features)) as waves:
                for scores in waves:
                    trial.report(_mean(scores), len(scores))
                    if len(scores) < len(self.folds.parts) and number >= self.planned and trial.should_prune():
                        state = State.PRUNED
                        break
        except _FAULTS as fault:
            state, error = State.FAIL, f"{type(fault).__name__}: {fault}"
        trial.set_user_attr("folds", [asdict(score) for score in scores])
        if error is not None:
            trial.set_user_attr(ERROR, error)  # Last, because from here on the trial counts as tried.
        self.study.tell(trial, _mean(scores) if state == State.COMPLETE else None, state=state)

    def _ask(self, number: int) -> optuna.Trial:
        """Draw the trial at one position: a planned one first, later by TPE from what is known by then."""
        import optuna

        seed = int(np.random.SeedSequence([self.folds.seed, number]).generate_state(1)[0])
        startup = self.planned + _RANDOM
        self.study.sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=startup, multivariate=False)
        waiting = self.study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.WAITING,))
        if number < self.planned and not waiting:
            self.study.enqueue_trial(self._plan(number))
        return self.study.ask()

    def _plan(self, number: int) -> dict[str, Any]:
        """Return the parameters of a planned trial."""
        if number < len(self.families):
            return prefixed(self.families[number], self.folds.sets[0])
        baseline = self.ended()[self.baseline()].family
        family = next(family for family in self.families if family.name == baseline)
        return prefixed(family, self.folds.sets[number - len(self.families) + 1])

    def ended(self) -> tuple[Ended, ...]:
        """Return the trials that were not interrupted, in order."""
        from optuna.trial import TrialState as State

        states = {State.COMPLETE: TrialState.COMPLETE, State.PRUNED: TrialState.PRUNED, State.FAIL: TrialState.FAILED}
        return tuple(
            Ended(
                family=trial.user_attrs["family"],
                features=trial.user_attrs["features"],
                params=trial.user_attrs["params"],
                state=states[trial.state],
                scores=tuple(FoldScore(each["value"], tuple(each["replicates"])) for each in trial.user_attrs["folds"]),
                error=trial.user_attrs.get(ERROR),
                seconds=trial.duration.total_seconds() if trial.duration else 0.0,
            )
            for trial in self.study.get_trials(deepcopy=False)
            if trial.state in (State.COMPLETE, State.PRUNED)
            or (trial.state == State.FAIL and ERROR in trial.user_attrs)
        )

    def baseline(self) -> int:
        """Return which trial is the baseline, in the order of the journal; DataError where there is none."""
        tried, declared = self.ended()[: len(self.families)], self.training.baseline
        place = find_baseline(tried, declared, higher_is_better=self.higher_is_better)
        if place is not None:
            return place
        wanted = [trial for trial in tried if declared in ("auto", trial.family)]
        raise DataError(
            f"none of {len(wanted)} trials succeeded that could be the baseline",
            where=f"the search over {', '.join(family.name for family in self.families)}",
            expected="a family that can be fitted with its defaults",
            got=f"first error: {wanted[0].error}",
            fix="fix training.families or the features; the next search starts over",
        )

    def _line(self, number: int) -> str:
        ended = self.ended()
        trial = ended[number]
        head = f"trial {number + 1} of {self.total}: {trial.family} on {trial.features}"
        sign = 1 if self.higher_is_better else -1
        best = max((each.value for each in ended if each.value is not None), key=lambda v: sign * v, default=None)
        tail = f" (best {best:.4f})" if best is not None else ""
        if trial.error is not None:
            return f"{head} failed: {trial.error}{tail}"
        value = f"{self.folds.metric} {_mean(trial.scores):.4f}"
        if trial.state == TrialState.PRUNED:
            folds = f"{len(trial.scores)} of {len(self.folds.parts)} folds"
            return f"{head} pruned after {folds}: {value} is worse than the median there{tail}"
        return f"{head} {value}{tail}"

    def result(self) -> SearchResult:
        """Return the record of the search; raise DataError where there is no baseline."""
        higher = self.higher_is_better
        records = build_records(self.ended(), self.baseline(), higher_is_better=higher)
        best = choose(records, higher_is_better=higher)
        assert best.value is not None
        half = None if best.standard_error is None else normal_quantile(0.025) * best.standard_error
        least, greatest = gate_range("evaluation", self.folds.metric)
        return SearchResult(
            family=best.family,
            features=best.features,
            params=best.params,
            value=best.value,
            low=None if half is None else max(best.value - half, least),
            high=None if half is None else min(best.value + half, greatest),
            gain=best.gain or 0.0,
            gain_error=best.gain_error,
            number=best.number,
            metric=self.folds.metric,
            higher_is_better=higher,
            trials=records,
            candidates=len(self.families),
            method=self.folds.method,
            folds=len(self.folds.parts),
            rows=self.folds.rows,
            seed=self.folds.seed,
        )


def _mean(scores: tuple[FoldScore, ...]) -> float:
    return float(np.mean([score.value for score in scores]))
