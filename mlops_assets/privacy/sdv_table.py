"""SDV behind one door: metadata by hand, constraints, silence, and drawing until enough rows keep the constraints.

Holds what the SDV synthesizers share, for SDV 2.0. Its metadata is written from the declared columns and never
detected, because detected metadata carries the smallest and largest real values. SDV is licensed under the Business
Source License 1.1: production use is granted, except for offering synthetic data as a service to third parties.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from typing import Any

import numpy as np
import pandas as pd

from mlops_assets.data.coercion import final_dtype
from mlops_assets.errors import DataError
from mlops_assets.privacy.encoding import Encoded, decode
from mlops_assets.use_case.privacy import Synthetic, SyntheticConstraint

TABLE = "table"
_ROUNDS = 20


def draw_rows(encoded: Encoded, config: Synthetic, build: Callable[[Any], Any], train: pd.DataFrame) -> pd.DataFrame:
    """Fit the SDV synthesizer that `build` makes from metadata, and draw `config.rows` rows that keep the constraints.

    Args:
        encoded: the table as SDV sees it.
        config: rows, seed and constraints.
        build: makes the synthesizer from `sdv.metadata.Metadata`.
        train: the real rows, which the constraints are checked on first.

    Raises:
        DataError: real rows break a constraint, SDV refuses it, or too few drawn rows keep it.
    """
    _check_constraints(train, config)
    if encoded.table.empty:
        return decode(pd.DataFrame(index=range(config.rows)), encoded, config.seed)
    with asking_sdv(fix="remove the constraints one by one, or choose other marginals"):
        synthesizer = build(_metadata(encoded))
        rules = _constraints(encoded, config)
        if rules:
            synthesizer.add_constraints(rules)
        synthesizer.fit({TABLE: encoded.table})
        synthesizer._set_random_state(config.seed)
        return _draw_kept(synthesizer, encoded, config)


def _draw_kept(synthesizer: Any, encoded: Encoded, config: Synthetic) -> pd.DataFrame:
    """Draw, decode and keep rows until there are enough; clipping may have bent a constraint."""
    kept: list[pd.DataFrame] = []
    for turn in range(_ROUNDS):
        wanted = config.rows - sum(map(len, kept))
        drawn = synthesizer.sample(num_rows=wanted if turn == 0 else 2 * wanted)[TABLE]
        rows = decode(drawn, encoded, config.seed + turn)
        good = np.ones(len(rows), dtype=bool)
        for rule in config.constraints:
            good &= _keeps(rows, rule)
        kept.append(rows[good].head(wanted))
        if sum(map(len, kept)) == config.rows:
            if len(kept) == 1:
                return kept[0]
            joined = pd.concat([part for part in kept if len(part)], ignore_index=True)
            return pd.DataFrame({one.name: final_dtype(joined[one.name], one.column) for one in encoded.columns})
    raise DataError(
        f"only {sum(map(len, kept))} of {config.rows} rows satisfy the constraints after {_ROUNDS} draws",
        where="privacy.synthetic.constraints",
        expected="bounds that leave room for the constraints",
        fix="widen min and max of the columns that the inequalities compare, or drop the constraint",
    )


def _keeps(rows: pd.DataFrame, rule: SyntheticConstraint) -> np.ndarray:
    """Return which rows satisfy an inequality; SDV itself draws only real fixed combinations."""
    if rule.kind != "inequality":
        return np.ones(len(rows), dtype=bool)
    low, high = (rows[name] for name in rule.columns)
    kept: np.ndarray = (low.isna() | high.isna() | (low <= high)).to_numpy(dtype=bool)
    return kept


def _check_constraints(train: pd.DataFrame, config: Synthetic) -> None:
    for rule in config.constraints:
        broken = int((~_keeps(train, rule)).sum())
        if broken:
            raise DataError(
                f"{broken} of {len(train)} real rows have {rule.columns[0]!r} above {rule.columns[1]!r}",
                where="privacy.synthetic.constraints",
                expected="a relation that every real row satisfies",
                fix="drop the constraint, or send such rows to quarantine by a rule in data.rules",
            )


def _metadata(encoded: Encoded) -> Any:
    columns: dict[str, dict[str, Any]] = {}
    for one in encoded.columns:
        if one.kind == "levels":
            levels = [f"v{number:04d}" for number in range(len(one.values))]
            columns[one.key] = {"sdtype": "ordinal", "range_values": levels}
        elif one.kind in ("number", "scores"):
            columns[one.key] = {"sdtype": "numerical"}
    return write_metadata(columns)


def write_metadata(columns: Mapping[str, Mapping[str, Any]]) -> Any:
    """Return `sdv.metadata.Metadata` of one table, `TABLE`, from the description of each column."""
    from sdv.metadata import Metadata

    return Metadata.load_from_dict(
        {"tables": {TABLE: {"columns": columns}}, "relationships": [], "METADATA_SPEC_VERSION": "V2"}
    )


def _constraints(encoded: Encoded, config: Synthetic) -> list[Any]:
    """Return SDV's constraints, leaving out columns that hold one value or none: there is nothing to relate."""
    from sdv.cag import FixedCombinations, Inequality

    rules: list[Any] = []
    shown = {one.name: one.key for one in encoded.columns if one.kind != "constant"}
    for rule in config.constraints:
        keys = [shown[name] for name in rule.columns if name in shown]
        if len(keys) < 2:
            continue
        rules.append(
            Inequality(low_column_name=keys[0], high_column_name=keys[1])
            if rule.kind == "inequality"
            else FixedCombinations(column_names=keys)
        )
    return rules


@contextmanager
def asking_sdv(fix: str) -> Iterator[None]:
    """Call SDV within the block without its output, and raise its errors as DataError with `fix` as the repair.

    SDV warns about metadata that was never saved and, from scipy and pandas, about constant margins and casts. None of
    it matters here: what it draws is checked afterwards. With constraints it shows a progress bar on standard error,
    which cannot be turned off. Its log file is not written either, and numpy's global generator is restored.
    """
    from sdv.errors import SamplingError, SynthesizerInputError
    from sdv.logging import disable_single_table_logger

    state = np.random.get_state()
    try:
        with warnings.catch_warnings(), disable_single_table_logger(), redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    except (SamplingError, SynthesizerInputError, ValueError) as error:
        reason = (str(error).strip().splitlines() or ["no reason given"])[0]
        raise DataError(f"SDV cannot synthesize this table ({reason})", where="privacy.synthetic", fix=fix) from error
    finally:
        np.random.set_state(state)
