"""A file that nobody described becomes a YAML that loads, and that its own file keeps."""

import gzip
import string
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlops_assets.data.source import read_file
from mlops_assets.data.validation import validate
from mlops_assets.drafting.columns import outward
from mlops_assets.drafting.draft import Draft, draft_use_case
from mlops_assets.drafting.roles import looks_like_identifier, protected_kind
from mlops_assets.errors import DataError
from mlops_assets.use_case.loader import load_use_case
from mlops_assets.use_case.model import UseCase

ROOT = Path(__file__).parents[2]


class Drafts:
    """A project folder in which tables are drafted and loaded."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "configs").mkdir(exist_ok=True)

    def draft(
        self, frame: pd.DataFrame | str | bytes, target: str, file: str = "data.csv", name: str = "drafted"
    ) -> Draft:
        path = self.root / file
        if isinstance(frame, pd.DataFrame) and file.endswith(".parquet"):
            frame.to_parquet(path)
        elif isinstance(frame, pd.DataFrame):
            frame.to_csv(path, index=False)
        else:
            path.write_bytes(frame.encode() if isinstance(frame, str) else frame)
        return draft_use_case(path, name, target, root=self.root)

    def text(self, frame: pd.DataFrame | str | bytes, target: str, name: str = "drafted") -> str:
        return self.draft(frame, target, name=name).text

    def load(self, frame: pd.DataFrame | str | bytes, target: str, file: str = "data.csv") -> UseCase:
        config = self.root / "drafted.yaml"
        draft = self.draft(frame, target, file)
        config.write_text(draft.text, encoding="utf-8", newline="\n")
        loaded = load_use_case(config)
        assert loaded == draft.use_case
        assert loaded.model_dump(exclude_unset=True) == draft.use_case.model_dump(exclude_unset=True)
        return loaded

    def quarantined(self, use_case: UseCase) -> int:
        """Return how many rows of its own file a drafted use case would send to quarantine."""
        data = use_case.data
        read = read_file(self.root / data.source.path, data.source, data.columns, extra_columns=data.extra_columns)
        return len(validate(read.frame, data, target=use_case.task.target).quarantined)


def identifiers_of(case):
    return [name for name, column in case.data.columns.items() if column.role == "identifier"]


@pytest.fixture
def drafts(tmp_path):
    """Return an empty project."""
    return Drafts(tmp_path)


def table(rows: int = 60, **columns) -> pd.DataFrame:
    plain = {"amount": [row * 1.37 for row in range(rows)], "outcome": [row % 2 for row in range(rows)]}
    return pd.DataFrame({**plain, **columns})


def cycle(values, rows: int = 60) -> list:
    return [values[row % len(values)] for row in range(rows)]


SHAPES = {
    "numbers": table(),
    "texts": table(colour=cycle(["red", "blue", "green"])),
    "digits": table(zip_code=cycle(["01234", "00099", "12345"])),
    "dates": table(since=pd.date_range("2020-01-01", periods=60).strftime("%Y-%m-%d")),
    "times": table(since=pd.date_range("2020-01-01", periods=60, freq="h").strftime("%Y-%m-%d %H:%M:%S")),
    "truths": table(active=cycle(["True", "False"])),
    "missing": table(limit=cycle([None, 1.5, 2.5, 7.25])),
    "empty column": table(nothing=[None] * 60),
    "constant": table(same=[3] * 60),
    "infinite": table(odd=cycle([float("inf"), 1.5, -2.5, float("-inf")])),
    "huge": table(huge=[10**25 + row for row in range(60)]),
    "large with missing": table(large=pd.array([None, *(2**60 + row for row in range(59))], dtype="Int64")),
    "free text": table(note=[f"note {row}: it's # odd, {{really}}" for row in range(60)]),
    "protected": table(sex=cycle(["f", "m"]), age=[20 + row for row in range(60)], birth_date=["1990-01-01"] * 60),
    "protected years": table(geburtsjahr=[1950 + row for row in range(60)], edad=cycle([0.5, 1.5, float("inf")])),
    "protected alone": pd.DataFrame({"age": [20 + row for row in range(60)], "y": cycle([0, 1])}),
    "protected birth alone": pd.DataFrame(
        {"birth_date": [f"19{50 + r // 2}-01-0{1 + r % 9}" for r in range(60)], "y": cycle([0, 1])}
    ),
    "identifier alone": pd.DataFrame({"id": range(60), "y": cycle([0, 1])}),
    "text alone": pd.DataFrame({"note": [f"note {row}" for row in range(60)], "y": cycle([0, 1])}),
    "date alone": pd.DataFrame({"day": pd.date_range("2020-01-01", periods=60).astype(str), "y": cycle(["a", "b"])}),
    "two rows": table(2),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_drafted_use_case_loads_and_its_own_file_keeps_its_rules(shape, drafts):
    """No row of the file is sent to quarantine by rules that were drafted from it."""
    frame = SHAPES[shape]
    use_case = drafts.load(frame, "y" if "y" in frame else "outcome")

    assert drafts.quarantined(use_case) == 0
    assert use_case.inputs or use_case.features.derive


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            [*(f"{row}.5" for row in range(57)), "??", "n.a.", "-"],
            "57 of 60 values are numbers, but not '-', '??', 'n.a.'",
        ),
        ([f"2020-01-{1 + row % 28:02d}" for row in range(59)] + ["unknown"], "59 of 60 values are dates"),
        ([2**63 + row for row in range(60)], "whole numbers too large to be stored exactly"),
        ([1.5, float("inf")] * 30, "30 values are infinite"),
    ],
)
def test_a_column_that_is_not_what_it_seems_gets_a_comment(values, said, drafts):
    text = drafts.text(table(odd=values), "outcome")

    assert said in text
    assert "0 of 60 values are missing" not in text


def test_whole_numbers_too_large_for_floats_are_identifiers_where_none_repeats(drafts):
    use_case = drafts.load(table(client=[2**53 + 1 + 7 * row for row in range(60)]), "outcome")

    assert use_case.data.columns["client"].role == "identifier"


def test_values_that_repeat_under_the_name_of_an_identifier_may_be_groups(drafts):
    text = drafts.text(table(group_id=[row // 3 for row in range(60)]), "outcome")

    assert "write role: group" in text


@pytest.mark.parametrize("name", ["credit_default", "penguins"])
def test_a_shipped_file_drafts_into_something_like_its_own_use_case(name, drafts):
    """Types, roles and protected attributes of the shipped YAML are found again."""
    shipped = load_use_case(ROOT / "configs" / f"{name}.yaml")
    text = draft_use_case(ROOT / shipped.data.source.path, "drafted", shipped.task.target, root=ROOT).text
    config = drafts.root / "drafted.yaml"
    config.write_text(text, encoding="utf-8")
    drafted = load_use_case(config)

    assert drafted.data.source.path == shipped.data.source.path
    assert drafted.data.sensitive == shipped.data.sensitive
    assert identifiers_of(drafted) == identifiers_of(shipped)
    assert drafted.task.positive == shipped.task.positive
    assert set(drafted.data.columns) == set(shipped.data.columns)


def test_columns_are_told_apart(drafts):
    """Each type, role and flag follows from the values and the name."""
    frame = table(
        customer_id=[f"c{row}" for row in range(60)],
        count=range(60),
        level=cycle([1, 2, 3]),
        code=cycle(["01", "02"]),
        day=pd.date_range("2020-01-01", periods=60).astype(str),
        active=cycle(["true", "false"]),
        note=[f"n{row * 7}" for row in range(60)],
        gender=cycle(["f", "m", None]),
        age=[20 + row for row in range(60)],
    )
    columns = drafts.load(frame, "outcome").data.columns

    assert {name: column.type for name, column in columns.items()} == {
        "amount": "number",
        "outcome": "category",
        "customer_id": "text",
        "count": "integer",
        "level": "category",
        "code": "category",
        "day": "date",
        "active": "boolean",
        "note": "text",
        "gender": "category",
        "age": "integer",
    }
    assert columns["customer_id"].role == "identifier"
    assert columns["customer_id"].unique
    assert columns["count"].role == "identifier", "it counts the rows"
    assert columns["code"].codes == ("01", "02")
    assert columns["gender"].nullable
    assert [name for name, column in columns.items() if column.sensitive] == ["gender", "age"]


def test_bounds_are_never_the_extremes_of_the_data(drafts):
    """The YAML is public, and the extremes belong to persons."""
    values = [12.5 + row * 3.1 for row in range(60)]
    column = drafts.load(table(amount=values), "outcome").data.columns["amount"]

    assert column.min == 0
    assert column.max == 250
    assert str(max(values)) not in drafts.text(table(amount=values), "outcome")


@given(st.floats(-1e12, 1e12), st.floats(0, 1e12))
def test_rounded_bounds_hold_the_interval(low, width):
    """Bounds lie outside of any interval, and have few digits."""
    below, above = outward(low, low + width)

    assert below <= low <= low + width <= above
    assert below < above


@pytest.mark.parametrize(
    ("values", "positive", "codes"),
    [
        ([0, 1, 1], 0, (0, 1)),
        (["no", "yes", "yes"], "yes", ("no", "yes")),
        (["a", "b", "b"], "a", ("a", "b")),
        (["1.0", "0.0"], 1, (0, 1)),
        (["2020", "null-ish"], "2020", ("2020", "null-ish")),
    ],
)
def test_the_positive_value_is_the_named_or_the_rarer_one(values, positive, codes, drafts):
    """Words such as yes win; else it is the rarer of the two."""
    use_case = drafts.load(table(outcome=cycle(values)), "outcome")

    assert use_case.target.codes == codes
    assert use_case.task.positive in (positive, 1)


def test_a_target_of_several_values_becomes_one_against_the_rest(drafts):
    """The rarest value with enough rows is taken, and the page says that a person decides."""
    frame = table(300, outcome=cycle(["a", "a", "b", "c", "c", "c"], 300))

    assert drafts.load(frame, "outcome").task.positive == "b"
    assert "one against the rest of 3 values ('a' in 100, 'b' in 50, 'c' in 150)" in drafts.text(frame, "outcome")


def test_a_boolean_target_is_true_where_it_is_positive(drafts):
    """A column of true and false stays one."""
    use_case = drafts.load(table(outcome=cycle(["true", "false"])), "outcome")

    assert use_case.target.type == "boolean"
    assert use_case.task.positive is True


def test_rows_without_a_target_are_let_into_quarantine(drafts):
    """The drafted limit leaves room for them, and the page says why."""
    use_case = drafts.load(table(outcome=cycle([0, 1, None, 1])), "outcome")

    assert not use_case.target.nullable
    assert drafts.quarantined(use_case) == 15
    assert use_case.data.quarantine.maximum_share == 0.3


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a;b\n1,5;x\n2,5;y\n", {"delimiter": ";", "decimal": ","}),
        (b"a\tb\n1.5\tx\n2.5\ty\n", {"delimiter": "\t", "decimal": "."}),
        ("a,b\n1,straße\n2,y\n".encode("cp1252"), {"encoding": "cp1252"}),
        ("a,b\n1,x\n2,y\n".encode("utf-16"), {"encoding": "utf-16"}),
        (b"a,b\n1,x\x81\n2,y\n", {"encoding": "latin-1"}),
        ("\ufeffa,b\n1,x\n2,y\n".encode(), {"encoding": "utf-8"}),
        (b'"a","b"\n"1,2;3","x"\n"2,3;4","y"\n', {"delimiter": ","}),
        (b"a,b\n?,x\n2.5,y\n3.5,x\n", {"missing_values": ("", "NA", "NaN", "null", "?")}),
    ],
)
def test_the_format_of_a_text_file_is_found(content, expected, drafts):
    """Encoding, delimiter, decimal mark and texts for no value are told by the bytes."""
    use_case = drafts.load(content, "b")

    assert {key: getattr(use_case.data.source, key) for key in expected} == expected
    assert list(use_case.data.columns) == ["a", "b"]
    assert drafts.quarantined(use_case) == 0


def test_a_gzipped_file_is_read_as_one(drafts):
    """The ending says so."""
    assert (
        drafts.load(gzip.compress(b"a,b\n1.5,x\n2.5,y\n", mtime=0), "b", "data.csv.gz").data.source.path
        == "data.csv.gz"
    )


def test_a_parquet_file_keeps_its_types_and_loses_its_lists(drafts):
    """Columns of lists are left out, with a warning that others may come."""
    frame = table(since=pd.date_range("2020-01-01", periods=60), active=cycle([True, False]), tags=[[1]] * 60)
    use_case = drafts.load(frame.assign(count=pd.array(cycle([1, 2, None]), dtype="Int64")), "outcome", "data.parquet")

    assert {n: c.type for n, c in use_case.data.columns.items()} == {
        "amount": "number",
        "outcome": "category",
        "since": "date",
        "active": "boolean",
        "count": "category",
    }
    assert use_case.data.extra_columns == "warning"
    assert drafts.quarantined(use_case) == 0


def test_a_file_outside_the_project_is_named_in_full(drafts, tmp_path_factory):
    """A path relative to the project would not find it."""
    outside = tmp_path_factory.mktemp("elsewhere") / "data.csv"
    table().to_csv(outside, index=False)
    draft = draft_use_case(outside, "drafted", "outcome", root=drafts.root)

    assert draft.use_case.data.source.path == outside.as_posix()


@pytest.mark.parametrize(
    ("content", "target", "reason"),
    [
        ("", "y", "the file is empty"),
        ("x,y\n", "y", "the table has no rows"),
        ("x\n1\n", "x", "the table has a single column"),
        ("x,y\n1,0\n2,1\n", "Y", "the target is not a column of the table.*did you mean 'y'"),
        ("x,y\n1,0\n2,0\n", "y", "the target has a single value.*got '0'"),
        ("x,y\n1,\n2,\n", "y", "every value of the target is missing"),
        ("x,y\n" + "".join(f"1,{row}.5\n" for row in range(40)), "y", "continuous, and regression is not supported"),
        ("x,y\n" + "".join(f"1,t{row}\n" for row in range(40)), "y", "40 values, too many for classes"),
        ("x,y\n,0\n,1\n", "y", "there is no column to predict from"),
        ("x,x,y\n1,2,0\n1,2,1\n", "y", "occur more than once"),
        ("__row__,y\n1,0\n1,1\n", "y", "reserved"),
        ("__x,y\n1,0\n1,1\n", "y", "reserved"),
        (f"{'x' * 400},y\n1,0\n2,1\n", "y", "name is too long"),
        ("x,y\n1,0\n2\n", "y", "another number of fields"),
    ],
)
def test_a_file_that_makes_no_use_case_is_refused(content, target, reason, drafts):
    """Each ends in one sentence that says what to do."""
    with pytest.raises(DataError, match=reason):
        drafts.text(content, target)


def test_a_damaged_archive_is_refused(drafts):
    """What cannot be unpacked is said by the reader."""
    with pytest.raises(DataError, match="the compressed file is damaged"):
        drafts.draft(b"\x1f\x8b\x08broken", "y", "data.csv.gz")


def test_a_missing_file_is_answered_by_the_nearest_one(drafts):
    """A slip in the name of the file is no riddle."""
    (drafts.root / "loans.csv").write_text("x,y\n1,0\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"did you mean 'loans\.csv'"):
        draft_use_case(drafts.root / "loan.csv", "drafted", "y", root=drafts.root)


@pytest.mark.parametrize(
    ("name", "proposal"), [("My Case", "write my_case"), ("9lives", "write case_9lives"), ("", "write case")]
)
def test_a_name_that_is_none_is_answered_by_one_that_is(name, proposal, drafts):
    """The nearest name that would do is proposed."""
    with pytest.raises(DataError, match=f"not a valid name for a use case.*{proposal}"):
        drafts.text(table(), "outcome", name=name)


def test_a_use_case_is_never_overwritten(drafts):
    """A file of that name is someone's work."""
    (drafts.root / "configs" / "drafted.yaml").write_text("name: drafted\n", encoding="utf-8")
    with pytest.raises(DataError, match="a use case of this name already exists"):
        drafts.text(table(), "outcome")


ODD = st.text(
    alphabet=st.sampled_from(string.printable.replace("\r", "") + "éß名😀\u2028\x85"), min_size=1, max_size=12
)
ODD_NAMES = ODD.filter(lambda name: not name.startswith("__"))
CELLS = st.one_of(
    st.integers(-50, 10**6).map(str),
    st.floats(allow_nan=False).map(repr),
    st.sampled_from(["yes", "no", "true", "", "NA", "2020", "2020-02-29", "a: b", "#", "?", " x", "null", "~", "01"]),
    ODD,
)


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_small_table_is_drafted_into_what_loads_or_refused(data, drafts):
    """Whatever the names and values are, the page loads, names the columns as they are, and its own file keeps it."""
    names = data.draw(st.lists(ODD_NAMES, min_size=2, max_size=4, unique=True))
    pools = {name: data.draw(st.lists(CELLS, min_size=1, max_size=4)) for name in names}
    rows = data.draw(st.integers(2, 30))
    frame = pd.DataFrame({name: cycle(pool, rows) for name, pool in pools.items()})
    try:
        use_case = drafts.load(frame, names[0])
    except DataError:
        return

    assert list(use_case.data.columns) == names
    assert drafts.quarantined(use_case) <= rows * use_case.data.quarantine.maximum_share


@pytest.mark.parametrize("rows", [2, 50, 333, 1500, 70_000])
def test_sizes_are_possible_for_any_number_of_rows(rows, drafts):
    """No part of a draft asks for more rows than the table has."""
    use_case = drafts.load(table(rows), "outcome")
    search = use_case.training.search

    assert sum(use_case.data.splits.shares.model_dump().values()) == pytest.approx(1)
    assert use_case.data.minimum_rows <= max(1, rows)
    assert search.rows is None or search.rows <= rows
    assert use_case.privacy.synthetic.rows <= max(10, rows)
    assert (use_case.assurance.explanations.rows or 0) <= max(10, rows)


@pytest.mark.parametrize(
    "name", ["SEX", "Geschlecht", "état civil", "customerAge", "marital_status", "Date of Birth", "nationalité"]
)
def test_a_protected_attribute_is_known_by_its_name(name):
    """In several languages and ways of writing."""
    assert protected_kind(name) is not None


@pytest.mark.parametrize("name", ["page", "wages", "message", "usage", "amount", "sextant", "stage"])
def test_a_word_in_a_word_is_no_protected_attribute(name):
    """Only whole words count."""
    assert protected_kind(name) is None


@pytest.mark.parametrize(
    ("name", "expected"), [("ID", True), ("customer_id", True), ("userId", True), ("idea", False), ("paid", False)]
)
def test_an_identifier_is_known_by_its_name(name, expected):
    """Only whole words count."""
    assert looks_like_identifier(name) is expected
