"""Dates, months and codes are drafted for the rows to come, not only for those of the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_assets.data.parsing import write_dates
from mlops_assets.data.source import read_batch_file, read_file
from mlops_assets.data.validation import Validation, validate, validate_batch
from mlops_assets.drafting.calendar import calendar_names, calendar_range
from mlops_assets.drafting.dates import guess_dates
from mlops_assets.drafting.draft import draft_use_case
from mlops_assets.drafting.values import Values
from mlops_assets.features.pipeline import build_features, fit_pipeline
from mlops_assets.use_case.assurance import Fairness
from mlops_assets.use_case.data import Quarantine
from mlops_assets.use_case.loader import load_use_case
from mlops_assets.use_case.model import UseCase
from mlops_assets.use_case.monitoring import Drift
from mlops_assets.use_case.privacy import SyntheticLimits

ROWS = 240
DAYS = pd.Series(pd.date_range("2013-01-01", periods=ROWS, freq="31h")).dt.floor("s")


class Drafted:
    """A table as it is drafted, and what becomes of it and of a later batch."""

    def __init__(self, root: Path, column: Any, name: str = "col") -> None:
        self.root, self.name = root, name
        frame = pd.DataFrame({name: column, "amount": np.arange(ROWS) * 1.37 % 11, "y": np.arange(ROWS) % 2})
        frame.to_csv(root / "t.csv", index=False)
        self.text = draft_use_case(root / "t.csv", "case", "y", root=root).text
        (root / "case.yaml").write_text(self.text, encoding="utf-8")
        self.case: UseCase = load_use_case(root / "case.yaml")
        self.column = self.case.data.columns[name]
        self.table = validate(
            read_file(root / "t.csv", self.case.data.source, self.case.data.columns).frame, self.case.data, target="y"
        )

    def batch(self, values: Any) -> Validation:
        frame = pd.DataFrame({self.name: values})
        frame.assign(amount=1.0).to_csv(self.root / "b.csv", index=False)
        data = self.case.data
        return validate_batch(read_batch_file(self.root / "b.csv", data, "y").frame, data, "y")

    def features(self, found: Validation) -> pd.DataFrame:
        case = self.case
        y = (self.table.valid["y"] == 1).to_numpy()
        pipeline = fit_pipeline(
            self.table.valid, y, inputs=case.inputs, columns=case.data.columns, features=case.features
        )
        return build_features(found.valid, pipeline)


@pytest.fixture
def draft(tmp_path):
    """Return a function that drafts a table of one column beside an amount and a target."""
    return lambda column, name="col": Drafted(tmp_path, column, name)


WRITTEN = {
    "%Y-%m-%dT%H:%M:%SZ": None,
    "%Y-%m-%d %H:%M:%S+08:00": None,
    "%Y-%m-%d": None,
    "%d.%m.%Y": "%d.%m.%Y",
    "%d.%m.%Y %H:%M": "%d.%m.%Y %H:%M",
    "%m/%d/%Y": "%m/%d/%Y",
    "%m/%d/%Y %I:%M:%S %p": "%m/%d/%Y %I:%M:%S %p",
    "%d/%m/%y": "%d/%m/%y",
    "%d-%b-%Y": "%d-%b-%Y",
    "%B %d, %Y": "%B %d, %Y",
    "%d %B %Y %H:%M": "%d %B %Y %H:%M",
    "%b %Y": "%b %Y",
    "%Y%m%d": "%Y%m%d",
    "%a %b %d %H:%M:%S %Y": "%a %b %d %H:%M:%S %Y",
    "%a, %d %b %Y %H:%M:%S GMT": "%a, %d %b %Y %H:%M:%S GMT",
}


@pytest.mark.parametrize("written", WRITTEN)
def test_dates_are_drafted_in_their_format_and_later_dates_are_valid(written, draft):
    drafted = draft(DAYS.dt.strftime(written))
    batch = drafted.batch((DAYS + pd.Timedelta(days=900)).dt.strftime(written))

    assert (drafted.column.type, drafted.column.format) == ("date", WRITTEN[written])
    assert len(drafted.table.quarantined) == len(batch.quarantined) == 0
    assert "day or month first" not in drafted.text


def test_offsets_are_drafted_with_a_comment_and_times_without_one_are_counted(draft):
    mixed = [f"{day:%Y-%m-%d %H:%M:%S}{'+02:00' if row % 3 else ''}" for row, day in enumerate(DAYS)]
    drafted = draft(mixed)

    assert "times with an offset are converted to UTC" in drafted.text
    assert "80 of 240 times have no offset and are taken as UTC: confirm" in drafted.text
    assert drafted.table.valid["col"].iloc[1] == DAYS[1] - pd.Timedelta(hours=2)


@pytest.mark.parametrize(
    ("written", "guess", "other"),
    [("%d.%m.%Y", "%d.%m.%Y", "%m.%d.%Y"), ("%m/%d/%Y", "%m/%d/%Y", "%d/%m/%Y"), ("%d-%m-%Y", "%d-%m-%Y", "%m-%d-%Y")],
)
def test_an_ambiguous_order_becomes_a_comment_at_the_line(written, guess, other, draft):
    shuffled = pd.Series(pd.to_datetime([f"2013-{1 + row % 12:02d}-{1 + row * 7 % 12:02d}" for row in range(ROWS)]))
    drafted = draft(shuffled.dt.strftime(written))
    lines = drafted.text.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("    col:"))

    assert drafted.column.format == guess
    assert "day or month first? No day is above 12" in lines[at - 1] or "day or month first?" in lines[at - 2]
    assert f'write format: "{other}"' in "\n".join(lines[at - 3 : at])


def test_rows_in_order_tell_which_of_two_orders_is_meant_and_the_comment_stays(draft):
    days = pd.Series(pd.to_datetime([f"2013-{1 + row // 20:02d}-{1 + row % 20 // 2:02d}" for row in range(ROWS)]))
    drafted = draft(days.dt.strftime("%d/%m/%Y"))

    assert drafted.column.format == "%d/%m/%Y"
    assert "in that format the rows are in order" in drafted.text


@pytest.mark.parametrize("unit", ["epoch_seconds", "epoch_milliseconds"])
@pytest.mark.parametrize(("name", "shift"), [("created_at", 17), ("x", 0)])
def test_numbers_are_moments_where_the_name_or_whole_minutes_say_so(unit, name, shift, draft):
    moments = write_dates(DAYS + pd.Timedelta(seconds=shift), unit)
    drafted = draft(moments, name)

    assert drafted.column.format == unit
    assert f"read as {unit[6:]} since 1970, 2013-01-01 to" in drafted.text
    assert drafted.table.valid[name].tolist() == (DAYS + pd.Timedelta(seconds=shift)).tolist()


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(0).integers(10**8, 4 * 10**9, ROWS),
        np.random.default_rng(0).integers(13 * 10**8, 14 * 10**8, ROWS),
        [f"{n % 7}.{n % 5}.{n}" for n in range(ROWS)],
        [20_000_000 + 7 * n for n in range(ROWS)],
        [f"A-{n}" for n in range(ROWS)],
    ],
    ids=["any numbers", "numbers in the range of a decade", "versions", "eight digits", "codes"],
)
def test_what_only_resembles_dates_is_not_taken_for_them(values):
    assert guess_dates(Values("x", pd.Series([str(value) for value in values]), ".")) is None


def test_a_few_values_in_another_format_are_named_in_a_comment(draft):
    texts = DAYS.dt.strftime("%d.%m.%Y").tolist()
    drafted = draft(["2013-02-03", *texts[1:]])

    assert "239 of 240 values are dates, but not '2013-02-03'" in drafted.text
    assert 'write type: date, format: "%d.%m.%Y"' in drafted.text


JANUARY_TO_AUGUST = [1 + row % 8 for row in range(ROWS)]


@pytest.mark.parametrize("name", ["month", "pickup_month", "Monat", "month_number_unknown", "x"])
def test_a_model_of_january_to_august_takes_september(name, draft):
    drafted = draft(JANUARY_TO_AUGUST, name)
    batch = drafted.batch([9] * 5)

    assert len(batch.valid) == 5
    assert np.isfinite(drafted.features(batch).to_numpy()).all()


def test_calendar_numbers_are_ordered_with_the_range_of_the_calendar(draft):
    drafted = draft(JANUARY_TO_AUGUST, "month")

    assert (drafted.column.type, drafted.column.min, drafted.column.max) == ("integer", 1, 12)
    assert drafted.column.calendar
    assert len(drafted.batch([13, 9]).valid) == 1


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("year", [2010, 2014], ("year", 1900, 2100)),
        ("hour", [3, 7], ("hour", 0, 23)),
        ("dayOfWeek", [0, 6], ("weekday", 0, 6)),
        ("day_of_week", [1, 7], ("weekday", 1, 7)),
        ("weekday", [2, 5], ("weekday", 1, 7)),
        ("day", [3, 28], ("day of the month", 1, 31)),
        ("trimestre", [1, 2], ("quarter", 1, 4)),
        ("Année", [1999, 2003], ("year", 1900, 2100)),
        ("month", [0, 11], ("month", 0, 11)),
        ("month", [12, 36], None),
        ("months_since_opened", [1, 12], None),
        ("hours_per_week", [10, 40], None),
        ("years", [1, 30], None),
        ("monthly_income", [1, 12], None),
        ("x", [1, 12], None),
    ],
)
def test_a_calendar_number_needs_both_its_name_and_its_values(name, values, expected):
    assert calendar_range(name, np.array(values)) == expected


@pytest.mark.parametrize(
    ("seen", "last"),
    [
        (["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug"], "dec"),
        (["January", "March", "May"], "December"),
        (["JAN", "FEB", "MAR"], "DEC"),
        (["Mon", "Tue", "Wed"], "Sun"),
        (["März", "Januar", "Mai"], "Dezember"),
        (["lun.", "mar.", "mer."], "dim."),
        (["janvier", "mars", "avril"], "décembre"),
        (["FEVRIER", "MARS", "AVRIL"], "DECEMBRE"),
        (["Martedì", "Giovedì", "Lunedì"], "Domenica"),
        (["lunes", "martes", "jueves", "viernes"], "domingo"),
    ],
)
def test_month_and_weekday_names_are_all_allowed_whichever_were_seen(seen, last, draft):
    drafted = draft([seen[row % len(seen)] for row in range(ROWS)])
    batch = drafted.batch([last] * 3)

    assert drafted.column.documented[-1] == last
    assert drafted.column.calendar
    assert set(seen) <= set(drafted.column.documented)
    assert len(drafted.table.quarantined) == len(batch.quarantined) == 0
    assert np.isfinite(drafted.features(batch).to_numpy()).all()


@pytest.mark.parametrize(
    ("seen", "unseen"),
    [
        (["Januar", "Februar", "April"], "März"),
        (["janvier", "février", "mars"], "août"),
        (["janvier", "fevrier", "mars"], "aout"),
        (["lunes", "martes", "jueves"], "sábado"),
        (["MARTEDÌ", "SABATO", "DOMENICA"], "LUNEDÌ"),
    ],
)
def test_a_name_that_was_not_seen_has_its_accents_unless_others_lack_theirs(seen, unseen):
    assert unseen in (calendar_names(seen) or ())


@pytest.mark.parametrize(
    "texts", [["may", "june", "mar"], ["red", "blue", "green"], ["jan", "feb"], ["jan", "Jan", "feb"]]
)
def test_other_texts_are_no_calendar(texts):
    assert calendar_names(texts) is None


@pytest.mark.parametrize("codes", [[f"region {n}" for n in range(7)], list(range(1, 8))], ids=["texts", "numbers"])
def test_an_unknown_code_only_warns_where_many_were_seen(codes, draft):
    drafted = draft([codes[row % 7] for row in range(ROWS)])
    batch = drafted.batch([codes[0], "region 99" if isinstance(codes[0], str) else 99])

    assert len(batch.valid) == 2
    assert [(found.rule, found.severity, found.count) for found in batch.findings] == [("col.allowed", "warning", 1)]
    assert "7 codes seen, so an unknown one only warns" in drafted.text
    assert np.isfinite(drafted.features(batch).to_numpy()).all()


@pytest.mark.parametrize("codes", [["yes", "no"], [1, 2], ["m", "f", "x"]])
def test_an_unknown_code_is_an_error_where_the_codes_look_closed(codes, draft):
    drafted = draft([codes[row % len(codes)] for row in range(ROWS)])
    batch = drafted.batch([codes[0], "other" if isinstance(codes[0], str) else 9])

    assert len(batch.valid) == 1


def test_texts_of_many_repeated_codes_are_a_category_and_enter_the_model(draft):
    drafted = draft([f"zip {row * 7 % 80}" for row in range(ROWS)])
    batch = drafted.batch(["zip 1", "never seen"])

    assert (drafted.column.type, drafted.column.codes) == ("category", ())
    assert "col" in drafted.case.inputs
    assert len(batch.valid) == 2
    assert np.isfinite(drafted.features(batch).to_numpy()).all()


def test_free_text_stays_text(draft):
    drafted = draft([f"the {row} quick brown fox" for row in range(ROWS)])

    assert drafted.column.type == "text"


def test_a_draft_keeps_the_limits_of_the_product(draft):
    case = draft(["a", "b"] * (ROWS // 2)).case

    assert (case.monitoring.drift, case.assurance.fairness) == (Drift(), Fairness())
    assert case.privacy.synthetic.limits == SyntheticLimits()
    assert (case.data.minimum_rows, case.data.quarantine) == (100, Quarantine())


@pytest.mark.parametrize(
    ("column", "name", "asks"),
    [
        (DAYS.dt.strftime("%d.%m.%Y"), "seen", True),
        ([2010 + n % 4 for n in range(ROWS)], "year", True),
        (["a", "b"] * 120, "k", False),
    ],
)
def test_rows_with_a_time_are_asked_for_a_split_by_it(column, name, asks, draft):
    text = draft(column, name).text

    assert (f"write method: temporal and time: {name}" in text) is asks
