"""A draft says what a careful statistician would ask: leaks, few positives, protected attributes, direction."""

import re

import numpy as np
import pandas as pd
import pytest

from mlops_assets.drafting.roles import PROTECTED, protected_kind
from mlops_assets.drafting.target import guess_favourable
from mlops_assets.use_case.loader import load_use_case
from mlops_assets_tests.drafting.test_draft import Drafts, cycle, table

ROWS = 600


@pytest.fixture
def drafts(tmp_path):
    """Return an empty project."""
    return Drafts(tmp_path)


def noisy(rows: int = ROWS, positives: int = 200, **columns) -> pd.DataFrame:
    """Return a table whose columns know nothing of the outcome."""
    rng = np.random.default_rng(4)
    y = rng.permutation(np.r_[np.ones(positives, dtype=int), np.zeros(rows - positives, dtype=int)])
    plain = {"x": rng.normal(size=rows), "k": rng.choice(["a", "b", "c"], rows), "y": y}
    return pd.DataFrame({**plain, **columns})


def comments_at(text: str, column: str) -> list[str]:
    """Return the comments right above the line of a column."""
    lines = text.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith(f"    {column}:"))
    found = []
    while lines[at - 1].lstrip().startswith("#"):
        at -= 1
        found.append(lines[at].strip("# "))
    return found[::-1]


def uncommented(text: str, key: str) -> str:
    """Return the page with the mark before a key taken away."""
    changed, count = re.subn(rf"^( *)# ({key}: )", r"\1\2", text, flags=re.MULTILINE)
    assert count == 1
    return changed


def load(drafts: Drafts, text: str):
    config = drafts.root / "drafted.yaml"
    config.write_text(text, encoding="utf-8", newline="\n")
    return load_use_case(config)


@pytest.mark.parametrize("name", ["col_7", "amount", "Ergebnis"])
def test_a_column_that_nearly_is_the_target_is_said_at_its_line_whatever_it_is_called(name, drafts):
    frame = noisy()
    frame[name] = 1 - frame["y"]
    text = drafts.text(frame, "y")

    assert comments_at(text, name)[0].startswith(f"SUSPECTED LEAK: '{name}' is 0 where the target is positive")
    assert text.count("SUSPECTED LEAK") == 1
    assert name in load(drafts, text).inputs, "a person decides, so nothing is left out without a word"
    assert name not in load(drafts, uncommented(text, "exclude")).inputs


@pytest.mark.parametrize("positives", [300, 38, 12])
def test_a_table_without_a_leak_is_not_suspected(positives, drafts):
    assert "SUSPECTED" not in drafts.text(noisy(positives=positives), "y")


def test_values_of_text_columns_are_read_as_numbers_and_dates_before_they_are_suspected(drafts):
    frame = noisy()
    days = np.random.default_rng(1).integers(0, 300, ROWS) + 400 * frame["y"]
    frame["closed"] = (pd.Timestamp("2020-01-01") + pd.to_timedelta(days, unit="D")).dt.strftime("%d.%m.%Y")
    frame["fee"] = [f"{value:.1f}" for value in np.random.default_rng(2).normal(size=ROWS) + 9 * frame["y"]]
    text = drafts.text(frame, "y")

    assert "the order of 'closed' alone separates the classes of the target" in comments_at(text, "closed")[0]
    assert "the order of 'fee' alone separates the classes of the target" in comments_at(text, "fee")[0]


def test_persons_who_repeat_are_suspected_with_the_advice_to_split_by_groups(drafts):
    persons = np.repeat(np.arange(100), 6)
    frame = noisy(person=persons)
    frame["y"] = np.random.default_rng(3).integers(0, 2, 100)[persons]
    text = drafts.text(frame, "y")

    assert "data.splits.method: grouped" in " ".join(comments_at(text, "person"))


def test_rows_that_are_copies_are_counted(drafts):
    frame = noisy()
    frame["id"] = [f"id{row}" for row in range(ROWS)]
    copied = pd.concat([frame, frame.head(25).assign(id=[f"new{row}" for row in range(25)])])

    assert "# 25 rows are copies of others, identifiers aside" in drafts.text(copied, "y")
    assert "copies of others" not in drafts.text(frame, "y", name="other")


@pytest.mark.parametrize(
    ("positives", "said"),
    [
        (38, "FEW POSITIVES: about 9 of the rarer class in test"),
        (12, "FEW POSITIVES: about 6 of the rarer class in train, and 10 are needed"),
        (240, "FEW POSITIVES: about 60 of the rarer class in test, so intervals are wide"),
    ],
)
def test_few_positives_are_said_by_count(positives, said, drafts):
    text = drafts.text(noisy(positives=positives), "y")

    assert f"# positive in {positives} of 600 rows ({100 * positives / 600:.4g} %)" in text
    assert said in text
    assert ("the gate enough_positives stops deployment" in text) is (positives == 38)


def test_few_rows_are_said_by_count(drafts):
    assert "# FEW ROWS: about 30 in train, and 50 are needed to train at all" in drafts.text(noisy(60, 25), "y")


@pytest.mark.parametrize(
    ("values", "favourable"),
    [([0, 1], (0,)), ([True, False], (False,)), (["yes", "no"], ("no",)), (["a: b", "1", "2"], None)],
)
def test_taking_the_mark_away_confirms_the_direction(values, favourable, drafts):
    frame = noisy(sex=cycle(["f", "m", "f"], ROWS)).assign(y=cycle(values, ROWS))
    text = uncommented(drafts.text(frame, "y"), "favourable")

    assert load(drafts, text).assurance.fairness.favourable is not None
    assert favourable is None or load(drafts, text).assurance.fairness.favourable == favourable


def test_many_positives_are_said_by_count_alone(drafts):
    text = drafts.text(noisy(2000, 900), "y")

    assert "# positive in 900 of 2,000 rows (45 %)" in text
    assert "FEW POSITIVES" not in text


def test_the_gates_are_those_of_the_shipped_use_case(drafts):
    frame = noisy(sex=cycle(["f", "m"], ROWS), age=cycle(range(20, 70), ROWS))
    gates = {gate.name: gate for gate in load(drafts, drafts.text(frame, "y")).release.gates}

    assert {"discrimination", "not_worse_than_baseline", "enough_positives", "clean_data", "no_suspected_leak"} <= set(
        gates
    )
    assert gates["not_worse_than_baseline"].at_least == -0.005
    assert {"calibration_slope", "observed_over_expected"} <= {gate.metric for gate in gates.values()}
    parity = {gate.attribute: gate for gate in gates.values() if gate.evidence == "fairness"}
    assert set(parity) == {"sex", "age"}
    assert not any(gate.blocking for gate in parity.values())
    assert all(gate.blocking for gate in gates.values() if gate.evidence != "fairness")
    accepting = {gate.metric: gate.accept_uncertain for gate in gates.values() if gate.accept_uncertain}
    assert set(accepting) == {"calibration_slope", "observed_over_expected"}
    assert all(accept.minimum_positives == 50 and accept.minimum_power == 0.8 for accept in accepting.values())


def test_the_direction_of_fairness_is_a_guess_behind_a_mark(drafts):
    text = drafts.text(noisy(sex=cycle(["f", "m"], ROWS)), "y")

    assert "    # favourable: [0]" in text
    assert "which values of the target are good for the person?" in text


@pytest.mark.parametrize(
    ("target", "positives", "values", "guess"),
    [
        ("default", (1,), (0, 1), (0,)),
        ("loan_approved", ("Y",), ("N", "Y"), ("Y",)),
        ("hired", (True,), (False, True), (True,)),
        ("status", ("good",), ("good", "bad"), ("good",)),
        ("not_repaid", (1,), (0, 1), (0,)),
        ("outcome", ("late", "never"), ("on time", "late", "never"), ("on time",)),
    ],
)
def test_what_is_favourable_is_guessed_by_words(target, positives, values, guess):
    assert guess_favourable(target, positives, values) == guess


NAMES = {
    "sex or gender": "sex gender is_female Male GESCHLECHT sexe género sesso SEX gendercode",
    "race or ethnicity": "race ethnicity ancestry race_black race_white is_hispanic RAC1P ANC HISP Rasse raza etnia",
    "age": "age senior SeniorCitizen customerAge birth_date dob AGEP Alter edad âge_age geburtsjahr età",
    "marital status": "marital_status married single MaritalStatus MAR Familienstand situation_matrimoniale "
    "estado_civil",
    "nationality or place of birth": "nationality country place_of_birth country_of_birth CIT NATIVITY POBP "
    "Staatsangehörigkeit nationalité nacionalidad nazionalità foreign_worker birthplace",
    "religion": "religion religious_affiliation Konfession religión religione",
    "disability": "disability disabled DIS Behinderung handicap discapacidad disabilità",
    "pregnancy": "pregnant Pregnancies schwanger grossesse embarazada gravidanza",
    "children or dependents": "children n_children numdependents dependents kids Kinderzahl enfants hijos figli NOC",
    "veteran status": "veteran is_veteran military MIL VPS militaire veterano",
    "sexual orientation": "sexual_orientation",
}


@pytest.mark.parametrize("kind", NAMES)
def test_protected_attributes_are_guessed_by_name(kind):
    """In the ways they are written, in five languages, one-hot, and as the American Community Survey calls them."""
    found = {name: getattr(protected_kind(name), "kind", None) for name in NAMES[kind].split()}

    assert found == dict.fromkeys(found, kind)
    assert {protected.kind for protected in PROTECTED} == set(NAMES)


@pytest.mark.parametrize(
    "name", ["balance", "tenure", "agency", "average", "percentage", "blacklist", "mar", "dis", "PAY_0"]
)
def test_a_name_that_holds_such_a_word_by_chance_is_no_protected_attribute(name):
    assert protected_kind(name) is None


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["M", "F"], "sex or gender"),
        (["Male", "Female", "Unknown"], "sex or gender"),
        (["single", "married", "divorced"], "marital status"),
        (["White", "Black", "Other"], "race or ethnicity"),
        (["White", "Black", "Asian-Pac-Islander", "Amer-Indian-Eskimo", "Other"], "race or ethnicity"),
        (["Married-civ-spouse", "Never-married", "Divorced"], "marital status"),
        (["native", "other"], None),
        (["red", "green"], None),
    ],
)
def test_protected_attributes_are_guessed_by_value(values, kind):
    assert getattr(protected_kind("col_3", values), "kind", None) == kind


def test_each_protected_attribute_gets_a_question_and_numbers_get_bins(drafts):
    frame = noisy(
        race_black=cycle([0, 1, 0], ROWS),
        race_white=cycle([1, 0, 0], ROWS),
        AGEP=cycle(range(18, 90), ROWS),
        col_9=cycle(["male", "female"], ROWS),
    )
    text = drafts.text(frame, "y")
    use_case = load(drafts, text)

    assert use_case.data.sensitive == ("race_black", "race_white", "AGEP", "col_9")
    assert use_case.fairness_attributes == use_case.data.sensitive
    assert use_case.assurance.fairness.bins == {"AGEP": (25.0, 35.0, 45.0, 60.0)}
    assert set(use_case.inputs) == {"x", "k"}
    for name in use_case.data.sensitive:
        assert "?" in " ".join(comments_at(text, name)), name


def test_several_spellings_of_the_positive_value_are_positive_together(drafts):
    use_case = drafts.load(table(outcome=cycle(["yes", "yes ", "no", "No"])), "outcome")

    assert set(use_case.task.positives) == {"yes", "yes "}


def test_values_that_differ_in_case_only_are_two_classes(drafts):
    use_case = drafts.load(table(outcome=cycle(["a", "A", "A"])), "outcome")

    assert use_case.task.positives == ("a",)


ODD = [
    "with space",
    "ünï",
    'quo"te',
    "a: b",
    "9lives",
    "yes",
    "no",
    "null",
    "# hash",
    "- dash",
    "{x}",
    "[y]",
    "a'b",
    "~",
    "*s",
    "&a",
    "true",
    "1e5",
    "名前",
    "tab\there",
]


def test_odd_names_make_a_page_that_loads(drafts):
    """As columns, as the target, as suspected leaks and as protected attributes."""
    rng = np.random.default_rng(5)
    columns = {name: rng.normal(size=ROWS) for name in ODD} | {f"sex {name}": cycle([0, 1], ROWS) for name in ODD}
    frame = noisy().assign(**columns)
    for name in ODD:
        frame[f"leak {name}"] = frame["y"]
    frame = frame.rename(columns={"y": "target: 'x' #"})
    text = drafts.text(frame, "target: 'x' #")
    use_case = load(drafts, text)

    assert set(frame.columns) == set(use_case.data.columns)
    assert set(load(drafts, uncommented(text, "exclude")).features.exclude) == {f"leak {name}" for name in ODD}
    assert len({gate.name for gate in use_case.release.gates}) == len(use_case.release.gates)


TABLES = {
    "constant": noisy(same=[1] * ROWS, text=["t"] * ROWS),
    "all missing": noisy(nothing=[None] * ROWS),
    "three values": noisy().assign(y=cycle(["a", "b", "c"], ROWS)),
    "truth": noisy().assign(y=cycle([True, False, False], ROWS)),
    "trailing spaces": noisy().assign(y=cycle(["good ", "bad "], ROWS)),
    "duplicates": pd.concat([noisy(60, 20)] * 5),
    "tiny": noisy(60, 25),
    "three rows": noisy(3, 1),
    "single positive": noisy(positives=1),
    "protected only": noisy(sex=cycle([0, 1], ROWS), age=cycle(range(20, 80), ROWS)).drop(columns=["x", "k"]),
    "leak only": noisy().assign(x=lambda f: f["y"]).drop(columns="k"),
    "codes without end": noisy(zip=[f"z{row % 290}" for row in range(ROWS)]),
    "decimal commas": "age;y\n" + "".join(f"{20 + row % 50},5;{row % 2}\n" for row in range(200)),
}


@pytest.mark.parametrize("name", TABLES)
def test_any_of_these_tables_is_drafted_into_what_loads(name, drafts):
    use_case = drafts.load(TABLES[name], "y")

    assert drafts.quarantined(use_case) == 0
    assert use_case.model_columns


def test_the_page_begins_with_its_schema_and_says_why_each_group_of_gates_is_there(drafts):
    lines = drafts.text(noisy(sex=cycle(["f", "m"], ROWS)), "y").splitlines()
    above = {
        line.split("name: ")[1].split(",")[0]: lines[at - 1] for at, line in enumerate(lines) if "- {name: " in line
    }
    above |= {
        line.split("name: ")[1]: lines[at - 1] for at, line in enumerate(lines) if line.startswith("    - name: ")
    }

    assert lines[0] == "# yaml-language-server: $schema=use_case.schema.json"
    assert lines[1].startswith("# Drafted from data.csv, 600 rows")
    assert "the minimum for a first model" in above["enough_positives"]
    assert "an uncertain result is accepted only" in above["calibrated_on_average"]
    assert "a suspected leak stops deployment" in above["no_suspected_leak"]
    assert "parity is reported and blocks nothing" in above["parity_sex"]
    assert "#" not in above["discrimination"]
