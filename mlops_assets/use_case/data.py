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
    """The source file, and what the data card says about it."""

    path: str
    """File, relative to the project's folder: .csv, .csv.gz or .parquet."""
    reader: str | None = None
    """Name of a reader plugin; if omitted, the file suffix decides."""
    encoding: str = "utf-8"
    """Character encoding of a text file."""
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    """Character between the fields of a text file."""
    decimal: Literal[".", ","] = "."
    """Decimal mark of a text file."""
    missing_values: tuple[str, ...] = ("", "NA", "NaN", "null")
    """Texts that mean "missing" in a text file."""
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
    """One column: its type, its role and its valid values. Every declared property becomes a rule."""

    type: ColumnType
    """Type of the values; a `category` has whole numbers or texts as codes."""
    format: DateFormat | None = None
    """Format of the dates in a text file, if it is not ISO 8601: strptime directives such as `%d.%m.%Y` or
    `%m/%d/%Y %H:%M`, or `epoch_seconds` or `epoch_milliseconds`. A value written otherwise is not of the type. A time
    with an offset (`%z`) is converted to UTC, one without is read as UTC."""
    description: str = ""
    """What the column means, for reports and for the table schema in Dagster."""
    role: ColumnRole = "feature"
    """Only a `feature` can enter a model as it is; identifier, time, group and ignore cannot. An ignored column has no
    rules and may be absent, unless `data.splits` reads it."""
    calendar: bool = False
    """Whether it is a part of the calendar, such as a month or a year, which changes from batch to batch anyway. Dates
    always count as such."""
    sensitive: bool = False
    """Whether it is a protected attribute: fairness is measured over it, and no model sees it unless
    `features.use_sensitive` names it."""
    nullable: bool = False
    """Whether a value may be missing."""
    unique: bool = False
    """Whether no value may occur twice."""
    min: float | IsoDate | None = None
    """Smallest value allowed (a date where the type is date). Also the public lower bound of private
    statistics, so declare what must hold, not what the data shows."""
    max: float | IsoDate | None = None
    """Largest value allowed, and the public upper bound of private statistics."""
    allowed: tuple[Code, ...] | dict[Code, str] | None = None
    """Documented codes: a list, or a map from code to label."""
    undocumented: tuple[Code, ...] = ()
    """Codes that occur without documentation: the rows stay valid, and a warning reports them."""
    pattern: str | None = None
    """Regular expression that a whole text must match. RE2 matches it in linear time, so backreferences and lookaround
    are rejected."""
    warn: tuple[ColumnRule, ...] = ()
    """Rules of this column that only warn. A breach of any other rule sends the row to quarantine."""

    @property
    def documented(self) -> tuple[Code, ...]:
        """Documented codes, in the order of the YAML; empty where none are declared."""
        return tuple(self.allowed or ())

    @property
    def codes(self) -> tuple[Code, ...]:
        """Every accepted code: documented first, then undocumented."""
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
    """A rule across columns: `left` is compared with a column or a value, in every row where neither is missing."""

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
    """The rule applies only to rows in which these columns have one of these codes."""
    severity: Severity = "error"
    """`error` sends the row to quarantine, `warning` only reports it."""
    description: str = ""
    """Reason for the rule."""

    @property
    def words(self) -> str:
        """The comparison as it is written, such as `BILL_AMT1 <= LIMIT_BAL`."""
        return f"{self.left} {self.operator} {self.right if self.right is not None else f'{self.value:g}'}"

    @property
    def reads(self) -> set[str]:
        """Names of the columns that the rule reads."""
        return {self.left, *self.when} | ({self.right} if self.right is not None else set())


class Quarantine(Model):
    """How many invalid rows are acceptable."""

    maximum_share: Share = 0.05
    """Largest acceptable share of quarantined rows; above it, everything downstream is stopped."""


class Shares(Model):
    """Share of the rows for each split; they sum to one."""

    RENAMED = {"live": "replay"}

    train: Annotated[float, Field(gt=0, lt=1)] = 0.6
    """Rows that the search and the fit use."""
    calibration: Annotated[float, Field(gt=0, lt=1)] = 0.1
    """Rows that the calibration map and the threshold are fitted on."""
    test: Annotated[float, Field(gt=0, lt=1)] = 0.2
    """Rows that every published metric is measured on."""
    replay: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """Rows reserved for replay as incoming batches."""


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
    """Smallest number of training rows of the rarer class; with fewer, nothing is trained."""

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
    """Every column of the file by its exact name, which may contain spaces, punctuation and any script."""
    rules: tuple[Comparison, ...] = ()
    """Rules across columns."""
    minimum_rows: Annotated[int, Field(ge=1)] = 100
    """Smallest acceptable number of valid rows."""
    extra_columns: Severity = "error"
    """What an undeclared column of the file causes: an error, or a warning (the column is left out)."""
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
