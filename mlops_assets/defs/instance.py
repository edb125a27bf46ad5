"""Dagster's instance, opened by one process at a time: two that create its SQLite files at once fail.

`python -m mlops_assets.defs.instance` makes the files, before the processes of Dagster's UI do so all together.
"""

import os
import time

import dagster as dg

from mlops_assets import settings
from mlops_assets.errors import IntegrityError
from mlops_assets.folders import private_folder
from mlops_assets.stores.layout import Layout
from mlops_assets.stores.locks import file_lock
from mlops_assets.use_case.loader import load_project

_TRIES, _PAUSE = 5, 1.0  # seconds


def open_instance(layout: Layout) -> dg.DagsterInstance:
    """Return the instance of `DAGSTER_HOME`, its stores in place; a `with` block closes it.

    Dagster's own programs do not know the lock: if one of them is creating the same files at this moment, they are
    opened as soon as they are complete.

    Raises:
        IntegrityError: the stores cannot be opened.
    """
    from sqlalchemy.exc import DatabaseError

    private_folder(layout.generated)  # before Dagster makes it for everybody to read
    with file_lock(layout.generated / "locks" / "dagster.lock"):
        for remaining in reversed(range(_TRIES)):
            try:
                return dg.DagsterInstance.get()
            except DatabaseError as error:
                if not remaining:
                    raise IntegrityError(
                        "Dagster's store cannot be opened",
                        where=str(settings.dagster_home() / "dagster.yaml"),
                        expected="SQLite files of Dagster in the folder that storage.sqlite.base_dir names",
                        got=str(error.orig),
                        fix="end other programs that use them, or restore them from a backup",
                    ) from error
                time.sleep(_PAUSE)
    raise AssertionError("the last try returns or raises")


if __name__ == "__main__":
    settings.quiet_libraries()
    settings.dagster_home()
    os.chdir(settings.project_root())
    project = load_project(settings.project_root(), settings.environment_name())
    open_instance(Layout.of(project.root, project.environment)).dispose()
