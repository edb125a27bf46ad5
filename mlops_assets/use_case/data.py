"""The `data:` section: where the table comes from, what its columns are, which rules hold, how it is split."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlops_assets.use_case.base import DateFormat, IsoDate, Seed, Share
from mlops_assets.values import Code, Operator
from mlops_assets.verdicts import Severity
from mlops_assets.yaml_files.model import Model, Slug, Words

ColumnType = Literal["integer", "number", "category", "text", "boolean", "date"]
ColumnRole = Literal["feature", "identifier", "time", "group", "ignore"]
ColumnRule = Literal["type", "finite", "missing", "min", "max", "allowed", "pattern", "unique"]


class Source(Model):
    """The file that the lifecycle starts from, and what a data card must say of it."""

    path: str
    """File, relative to the project's folder: .csv, .csv.gz or .parquet."""
    reader: str | None = None
    """Name of a reader plugin; by the file's ending where it is left out."""
    encoding: str = "utf-8"
    """Character encoding of a text file."""
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    """Character between the fields of a text file."""
    decimal: Literal[".", ","] = "."
    """Decimal mark of a text file."""
    missing_values: tuple[str, ...] = ("", "NA", "NaN", "null")
    """Texts that mean "no value" in a text file."""
    title: str = ""
    """Name of the dataset as its publisher gives it."""
    licence: str = ""
    """Licence of the dataset, for example CC BY 4.0."""
    citation: str = ""
    """How to cite it."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$"), Words("64 hexadecimal digits in lower case")] | None = None
    """Expected hash of the file; a file with another hash is refused."""

    @property
    def dialect(self) -> tuple[str | None, str, str, str, tuple[str, ...]]:
        """What decides which table the bytes of a file are: reader, encoding, delimiter, decimal, missing values."""
        return self.reader, self.encoding, self.delimiter, self.decimal, self.missing_values


class Column(Model):
    """What one column holds and which values it may take. Every stated fact becomes a rule."""

    type: ColumnType
    """What the values are; `category` takes whole numbers or texts as codes."""
    format: DateFormat | None = None
    """How the dates of a text file are written, where it is not ISO 8601: strptime directives such as `%d.%m.%Y` or
    `%m/%d/%Y %H:%M`, or `epoch_seconds` or `epoch_milliseconds`. A value written otherwise is not of the type. A time
    with an offset (`%z`) becomes UTC, one without is taken for UTC."""
    description: str = ""
    """What the column means, for reports and for the table schema in Dagster."""
    role: ColumnRole = "feature"
    """`feature` may enter a model; identifier, time, group and ignore never do by themselves. A column to ignore has
    no rules and may be absent, unless `data.splits` reads it."""
    calendar: bool = False
    """Whether it is a part of the calendar, such as a month or a year: it moves by itself from batch to batch. A date
    is one by its type."""
    sensitive: bool = False
    """Whether it is a protected attribute: fairness is measured over it, and no model sees it unless
    `features.use_sensitive` says so."""
    nullable: bool = False
    """Whether a value may be missing."""
    unique: bool = False
    """Whether no value may occur twice."""
    min: float | IsoDate | None = None
    """Smallest value allowed (a date where the type is date). Also the public lower bound of private
    statistics, so write what must hold, not what the data shows."""
    max: float | IsoDate | None = None
    """Largest value allowed, and the public upper bound of private statistics."""
    allowed: tuple[Code, ...] | dict[Code, str] | None = None
    """Documented codes: a list, or a map from code to label."""
    undocumented: tuple[Code, ...] = ()
    """Codes that occur although nobody documented them: kept, and reported as warnings."""
    pattern: str | None = None
    """Regular expression that a text must match from its start to its end. RE2 matches it, in linear time, so
    backreferences and lookaround are rejected."""
    warn: tuple[ColumnRule, ...] = ()
    """Rules of this column that only warn. All others send the row to quarantine."""

    @property
    def documented(self) -> tuple[Code, ...]:
        """Documented codes, in the order of the YAML; empty where none are declared."""
        return tuple(self.allowed or ())

    @property
    def codes(self) -> tuple[Code, ...]:
        """Every code that is let through: documented first, then undocumented."""
        return self.documented + self.undocumented

    @property
    def labels(self) -> dict[Code, str]:
        """Label of each documented code; the code itself where no label is given."""
        if isinstance(self.allowed, dict):
            return dict(self.allowed)
        return {code: str(code) for code in self.documented}

    def label(self, value: Code | bool) -> str:
        """Return how a value is called: by its label, else as it is written in YAML."""
        if isinstance(value, bool):
            return "true" if value else "false"
        return self.labels.get(value, str(value))

    def severity(self, rule: ColumnRule) -> Severity:
        """Return the severity of one of this column's rules."""
        return "warning" if rule in self.warn else "error"

    @property
    def may_be_missing(self) -> bool:
        """Whether a valid row may have no value here: by declaration, or because `missing` only warns."""
        return self.nullable or self.severity("missing") == "warning"


class Comparison(Model):
    """A rule across columns: `left` compared with a column or a value, on every row where both are known."""

    name: Slug
    """Name of the rule in reports."""
    left: str
    """Column on the left."""
    operator: Operator
    """How the two sides must compare."""
    right: str | None = None
    """Column on the right; or give `value`."""
    value: float | None = None
    """Constant on the right; or give `right`."""
    when: dict[str, tuple[Code, ...]] = {}
    """The rule holds only where these columns have one of these codes."""
    severity: Severity = "error"
    """`error` sends the row to quarantine, `warning` only reports it."""
    description: str = ""
    """Why the rule holds."""

    @property
    def words(self) -> str:
        """The comparison as it is written, such as `BILL_AMT1 <= LIMIT_BAL`."""
        return f"{self.left} {self.operator} {self.right if self.right is not None else f'{self.value:g}'}"

    @property
    def reads(self) -> set[str]:
        """Names of the columns that the rule reads."""
        return {self.left, *self.when} | ({self.right} if self.right is not None else set())


class Quarantine(Model):
    """How much bad data is still worth going on with."""

    maximum_share: Share = 0.05
    """Largest share of rows that may be quarantined before everything downstream is stopped."""


class Shares(Model):
    """Share of the rows for each split; they sum to one."""

    RENAMED = {"live": "replay"}

    train: Annotated[float, Field(gt=0, lt=1)] = 0.6
    """Rows that search and fit see."""
    calibration: Annotated[float, Field(gt=0, lt=1)] = 0.1
    """Rows that the calibration map and the threshold are fitted on."""
    test: Annotated[float, Field(gt=0, lt=1)] = 0.2
    """Rows that every published figure is measured on."""
    replay: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """Rows held back, to be replayed as incoming batches."""


class Splits(Model):
    """How rows are assigned to train, calibration, test and replay."""

    method: Literal["stratified", "grouped", "temporal"] = "stratified"
    """`stratified` by the target, `grouped` keeps each group whole, `temporal` cuts by time, oldest first."""
    group: str | None = None
    """Column whose values stay together (method grouped)."""
    time: str | None = None
    """Column that orders the rows (method temporal)."""
    shares: Shares = Shares()
    """Share of each split."""
    seed: Seed = 20_050_401
    """Seed of the assignment."""
    minimum_positives: Annotated[int, Field(ge=2)] = 10
    """Fewest training rows of the rarer class; with fewer nothing is trained."""

    @property
    def grouping(self) -> str | None:
        """Column whose rows belong together, where the method says that any do."""
        return self.group if self.method == "grouped" else None

    @property
    def column(self) -> str | None:
        """Column that the method groups or orders the rows by, where it does either."""
        return self.time if self.method == "temporal" else self.grouping


class Data(Model):
    """The `data:` section."""

    source: Source
    """The file."""
    columns: Annotated[dict[str, Column], Field(min_length=2)]
    """Every column of the file by its exact name; spaces, punctuation and any script are fine."""
    rules: tuple[Comparison, ...] = ()
    """Rules across columns."""
    minimum_rows: Annotated[int, Field(ge=1)] = 100
    """Fewest valid rows to go on with."""
    extra_columns: Severity = "error"
    """What a column that the file has and the YAML does not is: an error, or a warning and then left out."""
    quarantine: Quarantine = Quarantine()
    """How much may be quarantined."""
    splits: Splits = Splits()
    """How rows are split."""

    @property
    def ignored(self) -> tuple[str, ...]:
        """Names of the columns that have no rules and may be absent: role ignore, and not read by the splits."""
        read = (self.splits.group, self.splits.time)
        return tuple(name for name, column in self.columns.items() if column.role == "ignore" and name not in read)

    @property
    def sensitive(self) -> tuple[str, ...]:
        """Names of the protected attributes, in the order of the YAML."""
        return tuple(name for name, column in self.columns.items() if column.sensitive)
