"""The journal of a search: an Optuna study in a file that a killed process leaves usable.

Holds how a study is named, opened and repaired. `search` decides what is tried.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import numpy as np

from mlops_assets.errors import IntegrityError
from mlops_assets.folders import private_folder

if TYPE_CHECKING:
    import optuna
    from optuna.storages.journal._file import BaseJournalFileLock

    from mlops_assets.training.folds import Folds
    from mlops_assets.training.parameters import FamilySpace

ERROR = "error"
"""Attribute of a failed trial that raised; one that was only interrupted has none."""


class FileLock:
    """Lock on a journal that ends with its process, with the methods that Optuna calls.

    Optuna's own is a file beside the journal. If its process is killed, the file delays the next search by half a
    minute; and most of the time between two trials would be spent waiting for the disk.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: IO[bytes] | None = None

    def acquire(self) -> bool:
        """Wait for the lock and take it."""
        handle = self._path.open("ab")
        fcntl.flock(handle, fcntl.LOCK_EX)
        self._held = handle
        return True

    def release(self) -> None:
        """Release the lock."""
        if self._held is not None:
            self._held.close()
            self._held = None


def study_name(folds: Folds, families: tuple[FamilySpace, ...], baseline: str, version: str) -> str:
    """Return a unique name: the SHA-256 of everything that its trials depend on.

    Args:
        folds: the folds with their matrices.
        families: the spaces that are searched.
        baseline: the declared baseline.
        version: version of the code that searches and fits.
    """
    facts = [folds.sets, folds.method, folds.metric, folds.rows, folds.seed, families, baseline, version]
    digest = hashlib.sha256(repr(facts).encode())
    for part in folds.parts:
        digest.update(repr([list(part.learned.X.columns), [sorted(part.sets[name]) for name in folds.sets]]).encode())
        for side in (part.learned, part.held):
            digest.update(np.ascontiguousarray(side.X.to_numpy(dtype="float64")).tobytes())
            digest.update(side.y.tobytes())
        digest.update(part.blocks.tobytes())
    return digest.hexdigest()[:32]


def open_study(path: Path, name: str, *, maximise: bool, startup: int) -> optuna.Study:
    """Open or create a study, fail what a killed process left running, and start over where nothing succeeded.

    One process at a time may search into a journal: trials that another one is running are taken for interrupted.

    Args:
        path: the journal; its folder is made where there is none.
        name: name of the study, by `study_name`: a journal holds those of other data and settings beside it.
        maximise: whether a higher value is better.
        startup: trials that no other is pruned against.

    Raises:
        IntegrityError: the file is damaged.
    """
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    private_folder(path.parent)
    _drop_half_line(path)
    states = optuna.trial.TrialState
    backend = JournalFileBackend(str(path), cast("BaseJournalFileLock", FileLock(path)))
    create = partial(
        optuna.create_study,
        study_name=name,
        direction="maximize" if maximise else "minimize",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=startup, n_warmup_steps=0),
        load_if_exists=True,
    )
    try:
        study = create(storage=JournalStorage(backend))
        trials = study.get_trials(deepcopy=False)
        raised = any(ERROR in trial.user_attrs for trial in trials)
        if raised and not any(trial.state == states.COMPLETE for trial in trials):
            # Somebody who searches again has fixed something.
            optuna.delete_study(study_name=name, storage=study._storage)
            study = create(storage=JournalStorage(backend))
    except (ValueError, KeyError) as fault:
        raise IntegrityError(
            "the journal of the search is damaged",
            where=str(path),
            got=repr(fault),
            expected="one JSON record on each line, as Optuna writes them",
            fix="delete the file; the search then starts over",
        ) from fault
    for trial in study.get_trials(deepcopy=False, states=(states.RUNNING,)):
        study.tell(trial.number, state=states.FAIL)
    return study


def _drop_half_line(path: Path) -> None:
    """Cut off a last line that was being written when the process was killed; the next record would be glued to it."""
    if not path.exists():
        return
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(path, whole)
