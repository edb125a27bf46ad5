"""Each cross check finds its mistake, at its place, and nothing else with it."""

import pytest

from mlops_assets.use_case.cross_checks import CHECKS

C = ("data", "columns")
GATE = ("release", "gates", 0)
FAIRNESS = ("assurance", "fairness")
STATISTIC = ("privacy", "statistics", 1)
DERIVE = ("features", "derive", 1)


def gate(**more):
    return {"name": "parity", "evidence": "fairness", "metric": "tpr_gap", "at_most": 0.2, **more}


def statistic(**more):
    return {"name": "more", "kind": "mean", "column": "amount", "epsilon": 0.1, **more}


def derived(**more):
    return {"name": "other", "transform": "log", "column": "amount", **more}


MISTAKES = {
    # task
    "name": ({("name",): "other"}, "name: the name differs from the file name"),
    "target unknown": (
        {("task", "target"): "outcom"},
        "task.target: there is no such column",
        "did you mean 'outcome'?",
    ),
    "target of texts": (
        {("task", "target"): "note", ("task", "positive"): "yes"},
        "data.columns.note.type: the target cannot have this type",
    ),
    "target as identifier": ({(*C, "outcome", "role"): "identifier"}, "data.columns.outcome.role: the target cannot"),
    "target missing": ({(*C, "outcome", "nullable"): True}, "data.columns.outcome.nullable: the target may not be"),
    "target of one value": (
        {(*C, "outcome", "allowed"): ["yes"]},
        "data.columns.outcome.allowed: the target has a single",
    ),
    "positive unknown": (
        {("task", "positive"): "yess"},
        "task.positive: the target has no such code",
        "did you mean 'yes'?",
    ),
    "positive of another type": (
        {("task", "target"): "level", ("task", "positive"): "1"},
        "task.positive: the target has no such code",
        "write 1",
    ),
    "positive of a boolean": ({("task", "target"): "flag"}, "task.positive: the target is true or false"),
    "positive out of range": (
        {("task", "target"): "count", ("task", "positive"): 9, (*DERIVE[:2], 0, "numerator"): "amount"},
        "task.positive: the target cannot have this value",
    ),
    "one of several positives unknown": (
        {("task", "target"): "level", ("task", "positive"): [1, "2"]},
        "task.positive[1]: the target has no such code",
        "write 2",
    ),
    "a positive twice": (
        {("task", "target"): "level", ("task", "positive"): [1, 1]},
        "task.positive[1]: the value is repeated",
    ),
    "every code positive": (
        {("task", "positive"): ["no", "yes"]},
        "task.positive: every value of the target is positive",
        "remove the value that is not positive",
    ),
    "true and false positive": (
        {("task", "target"): "flag", ("task", "positive"): [True, False]},
        "task.positive: every value of the target is positive",
    ),
    "every whole number positive": (
        {
            ("task", "target"): "count",
            ("task", "positive"): [0, 1, 2, 3, 4, 5],
            (*DERIVE[:2], 0, "numerator"): "amount",
        },
        "task.positive: every value of the target is positive",
    ),
    "no positive": ({("task", "positive"): []}, "task.positive: too short"),
    # source
    "no file": ({("data", "source", "path"): " "}, "data.source.path: no file is named"),
    "no reader for it": (
        {("data", "source", "path"): "a.xlsx"},
        "data.source.path: no reader reads files of this type",
    ),
    "reader unknown": ({("data", "source", "reader"): "cvs"}, "data.source.reader: there is no such reader", "'csv'"),
    "encoding unknown": ({("data", "source", "encoding"): "utf-88"}, "data.source.encoding: there is no such encoding"),
    "encoding of no text": ({("data", "source", "encoding"): "hex"}, "data.source.encoding: there is no such encoding"),
    "decimal is delimiter": ({("data", "source", "decimal"): ","}, "data.source.decimal: the decimal mark is the"),
    "delimiter": ({("data", "source", "delimiter"): '"'}, "data.source.delimiter: this cannot be"),
    "delimiter of a line": (
        {("data", "source", "delimiter"): "\n"},
        "data.source.delimiter: this cannot be a delimiter",
    ),
    "delimiter not ASCII": (
        {("data", "source", "delimiter"): "§"},
        "data.source.delimiter: this cannot be a delimiter",
    ),
    # columns
    "reserved name": ({(*C, "__row__"): {"type": "integer"}}, "data.columns.__row__: names that start with two"),
    "min above max": ({(*C, "amount", "min"): 11}, "data.columns.amount.min: min is above max"),
    "date bound of a number": (
        {(*C, "amount", "min"): "2020-01-01"},
        "data.columns.amount.min: not a bound of type number",
    ),
    "number bound of a date": ({(*C, "until", "max"): 3}, "data.columns.until.max: not a bound of type date"),
    "bound of a text": ({(*C, "note", "max"): 3}, "data.columns.note.max: a column of type text has no bounds"),
    "derived from what is ignored": (
        {(*C, "count", "role"): "ignore"},
        "features.derive[0]: a derived feature reads a column that is ignored",
        "remove role: ignore at 'count'",
    ),
    "format of a text": (
        {(*C, "note", "format"): "%d.%m.%Y"},
        "data.columns.note.format: a column of type text has no format",
    ),
    "calendar of a date": ({(*C, "until", "calendar"): True}, "data.columns.until.calendar: not a calendar column"),
    "format without a year": ({(*C, "since", "format"): "%d.%m"}, "data.columns.since.format: the year is missing"),
    "codes of a number": ({(*C, "amount", "allowed"): [1]}, "data.columns.amount.allowed: a column of type number has"),
    "undocumented alone": (
        {(*C, "level"): {"type": "category", "undocumented": [1]}},
        "data.columns.level.undocumented: there are no documented codes",
    ),
    "no codes": ({(*C, "level", "allowed"): []}, "data.columns.level.allowed: no code is allowed"),
    "code twice": ({(*C, "level", "undocumented"): [3]}, "data.columns.level.undocumented: the code is repeated"),
    "codes read the same": (
        {(*C, "level", "allowed"): [1, "1"]},
        "data.columns.level.allowed: two codes read the same",
    ),
    "pattern": ({(*C, "note", "pattern"): "a("}, "data.columns.note.pattern: not a regular expression"),
    "pattern with a backreference": (
        {(*C, "note", "pattern"): r"(a+)\1"},
        r"data.columns.note.pattern: not a regular expression: invalid escape sequence: \1",
        "no backreferences",
    ),
    "pattern with a lookahead": (
        {(*C, "note", "pattern"): "(?=a).+"},
        "data.columns.note.pattern: not a regular expression: invalid perl operator: (?=",
    ),
    "pattern of two halves": (
        {(*C, "note", "pattern"): "a)|(b"},
        "data.columns.note.pattern: not a regular expression",
    ),
    "pattern of a number": (
        {(*C, "amount", "pattern"): "a"},
        "data.columns.amount.pattern: a column of type number has",
    ),
    "warned rule absent": ({(*C, "flag", "warn"): ["min"]}, "data.columns.flag.warn[0]: the column has no such rule"),
    "warned rule twice": (
        {(*C, "amount", "warn"): ["min", "min"]},
        "data.columns.amount.warn[1]: the rule is repeated",
    ),
    "rule left": ({("data", "rules", 0, "left"): "coun"}, "data.rules[0].left: there is no such column", "'count'"),
    "rule right": ({("data", "rules", 0, "right"): "amounts"}, "data.rules[0].right: there is no such column"),
    "rule with two rights": ({("data", "rules", 0, "value"): 3}, "data.rules[0]: a rule needs one right side"),
    "rule of two kinds": ({("data", "rules", 0, "right"): "since"}, "data.rules[0]: the two sides cannot be compared"),
    "rule orders texts": (
        {("data", "rules", 0, "left"): "note", ("data", "rules", 0, "right"): "colour"},
        "data.rules[0].operator: texts have no order",
    ),
    "rule twice": (
        {("data", "rules", 1): {"name": "few", "left": "count", "operator": ">", "value": 0}},
        "data.rules[1].name: the rule is repeated",
    ),
    "rule when code unknown": (
        {("data", "rules", 0, "when"): {"colour": ["green"]}},
        "data.rules[0].when.colour[0]: the column has no such code",
    ),
    "rule when column unknown": (
        {("data", "rules", 0, "when"): {"color": ["red"]}},
        "data.rules[0].when.color: there is",
    ),
    # splits
    "shares": ({("data", "splits"): {"shares": {"train": 0.9}}}, "data.splits.shares: the shares do not sum to one"),
    "group absent": ({("data", "splits"): {"method": "grouped"}}, "data.splits.method: method grouped needs a column"),
    "group not used": (
        {("data", "splits"): {"group": "key"}},
        "data.splits.group: group is not used by method stratified",
    ),
    "time unknown": (
        {("data", "splits"): {"method": "temporal", "time": "sinc"}},
        "data.splits.time: there is no such",
    ),
    "time of texts": (
        {("data", "splits"): {"method": "temporal", "time": "note"}},
        "data.splits.time: the column cannot order",
    ),
    "group is the target": (
        {("data", "splits"): {"method": "grouped", "group": "outcome"}},
        "data.splits.group: the target cannot be the group",
    ),
    # privacy
    "budget": ({("privacy", "budget"): {"epsilon": 0.4}}, "privacy.budget.epsilon: the statistics cost more"),
    "statistic twice": ({STATISTIC: statistic(name="rows")}, "privacy.statistics[1].name: the statistic is repeated"),
    "statistic without column": ({STATISTIC: statistic(column=None)}, "privacy.statistics[1]: a mean needs a column"),
    "statistic that costs next to nothing": (
        {STATISTIC: statistic(epsilon=1e-7)},
        "privacy.statistics[1].epsilon:",
        "1e-06",
    ),
    "resolution of a mean": (
        {STATISTIC: statistic(resolution=10)},
        "privacy.statistics[1].resolution: a mean has no resolution",
    ),
    "resolution wider than the bounds": (
        {STATISTIC: statistic(kind="quantiles", resolution=1e9)},
        "privacy.statistics[1].resolution: the resolution is wider than the bounds",
    ),
    "statistic of nothing": (
        {STATISTIC: statistic(column="amont")},
        "privacy.statistics[1].column: there is no such",
        "'amount'",
    ),
    "mean of codes": (
        {STATISTIC: statistic(column="colour")},
        "privacy.statistics[1].column: a mean cannot be computed from it",
    ),
    "statistic without bounds": (
        {STATISTIC: statistic(column="until")},
        "privacy.statistics[1]: there are no public bounds",
    ),
    "statistic bounds swapped": (
        {STATISTIC: statistic(lower=5, upper=4)},
        "privacy.statistics[1].lower: the lower bound is not",
    ),
    "statistic bounds of two kinds": (
        {STATISTIC: statistic(column="since", lower=5)},
        "privacy.statistics[1]: one bound is",
    ),
    "histogram without codes": (
        {STATISTIC: statistic(kind="histogram", column="colour"), (*C, "colour", "allowed"): None},
        "privacy.statistics[1].column: the codes are not public",
    ),
    "quantile twice": (
        {STATISTIC: statistic(kind="quantiles", quantiles=[0.5, 0.5])},
        "privacy.statistics[1].quantiles[1]: the quantile is repeated",
    ),
    "synthesizer": (
        {("privacy", "synthetic"): {"synthesizer": "gausian"}},
        "privacy.synthetic.synthesizer: there is no such",
    ),
    "constraint column": (
        {("privacy", "synthetic"): {"constraints": [{"kind": "inequality", "columns": ["count", "amont"]}]}},
        "privacy.synthetic.constraints[0].columns[1]: there is no such column",
    ),
    "constraint of texts": (
        {("privacy", "synthetic"): {"constraints": [{"kind": "inequality", "columns": ["count", "note"]}]}},
        "privacy.synthetic.constraints[0].columns: the columns cannot be compared",
    ),
    "constraint of three": (
        {("privacy", "synthetic"): {"constraints": [{"kind": "inequality", "columns": ["count", "amount", "age"]}]}},
        "privacy.synthetic.constraints[0].columns: an inequality compares two columns",
    ),
    # features
    "input unknown": (
        {("features", "inputs"): ["amont", "count"]},
        "features.inputs[0]: there is no such column",
        "'amount'",
    ),
    "input twice": ({("features", "inputs"): ["count", "count"]}, "features.inputs[1]: the column is repeated"),
    "input is the target": (
        {("features", "inputs"): ["count", "outcome"]},
        "features.inputs[1]: the target cannot be an",
    ),
    "input is excluded": (
        {("features", "inputs"): ["count", "flag"], ("features", "exclude"): ["flag"]},
        "features.inputs[1]: the column is excluded as well",
    ),
    "input is an identifier": (
        {("features", "inputs"): ["count", "key"]},
        "features.inputs[1]: the column is not a feature",
    ),
    "input is a text": (
        {("features", "inputs"): ["count", "note"]},
        "features.inputs[1]: a text cannot enter as it is",
    ),
    "input is protected": (
        {("features", "inputs"): ["count", "sex"]},
        "features.inputs[1]: a protected attribute would",
    ),
    "group of an unknown column": (
        {("features", "groups"): {"sizes": ["count", "amont"]}},
        "features.groups.sizes[1]: there is no such column",
    ),
    "column in two groups": (
        {("features", "groups"): {"a": ["count"], "b": ["flag", "count"]}},
        "features.groups.b[1]: the column is repeated",
    ),
    "group called like a column": (
        {("features", "groups"): {"flag": ["count"]}},
        "features.groups.flag: the group has the name of a column",
    ),
    "exclude unknown": ({("features", "exclude"): ["amont"]}, "features.exclude[0]: there is no such column"),
    "use_sensitive of none": (
        {("features", "use_sensitive"): ["count"]},
        "features.use_sensitive[0]: the column is not marked",
    ),
    "derived from nothing": (
        {DERIVE: derived(column="amont")},
        "features.derive[1].column: an input is neither",
        "'amount'",
    ),
    "derived from the target": (
        {DERIVE: derived(column="outcome")},
        "features.derive[1].column: the target 'outcome' is",
    ),
    "derived from a text": ({DERIVE: derived(column="note")}, "features.derive[1].column: transform 'log' cannot read"),
    "derived from a protected attribute": ({DERIVE: derived(column="age")}, "features.derive[1].column: the protected"),
    "derived name taken": ({DERIVE: derived(name="share")}, "features.derive[1].name: the name 'share' is taken"),
    "derived name of a column": ({DERIVE: derived(name="count")}, "features.derive[1].name: the name 'count' is taken"),
    "ordered number": (
        {("features", "encoding"): {"ordered": ["count"]}},
        "features.encoding.ordered[0]: only categories",
    ),
    "ordered texts": (
        {("features", "encoding"): {"ordered": ["colour"]}},
        "features.encoding.ordered[0]: its codes are no",
    ),
    "nothing enters": (
        {("features",): {"exclude": ["amount", "count", "colour", "level", "flag"]}},
        "features: no feature is left for the model",
    ),
    # training
    "family": (
        {("training",): {"families": {"randm_forest": {}}}},
        "training.families.randm_forest: there is no such family",
    ),
    "baseline": ({("training",): {"baseline": "logistic"}}, "training.baseline: there is no such family"),
    "baseline that is not searched": (
        {("training",): {"baseline": "random_forest", "families": {"logistic_regression": {}}}},
        "training.baseline: the baseline is not among the families that are searched",
    ),
    "parameter searched": (
        {("training",): {"families": {"random_forest": {"space": {"max_dept": {"low": 1, "high": 2}}}}}},
        "training.families.random_forest.space.max_dept: random_forest has no such parameter",
        "did you mean 'max_depth'?",
    ),
    "parameter held": (
        {("training",): {"families": {"random_forest": {"fixed": {"n_estimator": 3}}}}},
        "training.families.random_forest.fixed.n_estimator: random_forest has no such parameter",
    ),
    "range": (
        {("training",): {"families": {"random_forest": {"space": {"max_depth": {"low": 3, "high": 2}}}}}},
        "training.families.random_forest.space.max_depth: low must be below high",
    ),
    "threshold without value": (
        {("training",): {"threshold": {"rule": "fixed"}}},
        "training.threshold: rule fixed needs",
    ),
    # assurance
    "attribute unknown": (
        {("assurance", "fairness", "attributes"): ["age", "sx"]},
        "assurance.fairness.attributes[1]: there",
    ),
    "attribute is the target": (
        {("assurance", "fairness", "attributes"): ["age", "outcome"]},
        "assurance.fairness.attributes[1]: the target cannot be a protected attribute",
    ),
    "attribute of texts": (
        {("assurance", "fairness", "attributes"): ["age", "note"]},
        "assurance.fairness.attributes[1]: the column cannot define groups",
    ),
    "attribute without bins": ({("assurance",): {}}, "data.columns.age.sensitive: a numeric attribute needs bins"),
    "bins of nothing": ({("assurance", "fairness", "bins", "ag"): [1]}, "assurance.fairness.bins.ag: there is no such"),
    "bins of codes": (
        {("assurance", "fairness", "bins", "sex"): [1]},
        "assurance.fairness.bins.sex: only numbers are cut",
    ),
    "bins of another column": (
        {("assurance", "fairness", "bins", "count"): [1]},
        "assurance.fairness.bins.count: the column is",
    ),
    "bins fall": (
        {("assurance", "fairness", "bins", "age"): [60, 30]},
        "assurance.fairness.bins.age: edges of bins must rise",
    ),
    "favourable unknown": (
        {(*FAIRNESS, "favourable"): ["n"]},
        "assurance.fairness.favourable[0]: the target has no such code",
        "did you mean 'no'?",
    ),
    "favourable twice": (
        {(*FAIRNESS, "favourable"): ["no", "no"]},
        "assurance.fairness.favourable[1]: the label is repeated",
    ),
    "favourable of both decisions": (
        {(*FAIRNESS, "favourable"): ["no", "yes"]},
        "assurance.fairness.favourable: both decisions would be favourable",
    ),
    "favourable of nothing": (
        {(*FAIRNESS, "favourable"): []},
        "assurance.fairness.favourable: too short",
    ),
    "reference unknown": (
        {(*FAIRNESS, "reference"): {"sx": "f"}},
        "assurance.fairness.reference.sx: there is no such column",
    ),
    "reference of another column": (
        {(*FAIRNESS, "reference"): {"colour": "red"}},
        "assurance.fairness.reference.colour: the column is not a protected attribute",
    ),
    "reference no code": (
        {(*FAIRNESS, "reference"): {"sex": "female"}},
        "assurance.fairness.reference.sex: the column has no such code",
        "'f'",
    ),
    "reference of another type": (
        {(*FAIRNESS, "reference"): {"age": "old"}},
        "assurance.fairness.reference.age: the column holds numbers",
    ),
    # release
    "gate twice": (
        {("release", "gates", 1): gate(name="auc", attribute="sex")},
        "release.gates[1].name: the gate is repeated",
    ),
    "gate figure": (
        {(*GATE, "metric"): "acu"},
        "release.gates[0].metric: there is no such metric of evaluation",
        "'auc'",
    ),
    "gate figure elsewhere": (
        {(*GATE, "metric"): "valid_rows"},
        "release.gates[0].metric: there",
        "write evidence: data",
    ),
    "gate with crossed limits": ({(*GATE, "at_most"): 0.6}, "release.gates[0].at_least: at_least is above at_most"),
    "gate with no limit": ({(*GATE, "at_least"): None}, "release.gates[0]: a gate needs a limit"),
    "gate out of reach": ({(*GATE, "at_least"): 1.2}, "release.gates[0].at_least: no model can meet this limit"),
    "gate with attribute": ({(*GATE, "attribute"): "sex"}, "release.gates[0].attribute: only metrics of fairness"),
    "gate without attribute": (
        {("release", "gates", 1): gate()},
        "release.gates[1]: a gate on fairness needs an attribute",
    ),
    "gate on another column": (
        {("release", "gates", 1): gate(attribute="colour")},
        "release.gates[1].attribute: fairness is not measured over this column",
    ),
    "gate accepts without evidence": (
        {(*GATE, "accept_uncertain"): True},
        "release.gates[0].accept_uncertain: nothing says when an uncertain metric is good enough",
        "write {minimum_positives: 50, minimum_power: 0.8, unacceptable: VALUE}",
    ),
    "gate accepts without positives": (
        {(*GATE, "accept_uncertain"): {"minimum_power": 0.8}},
        "release.gates[0].accept_uncertain: 'minimum_positives' is missing",
    ),
    "gate accepts what has no interval": (
        {
            ("release", "gates", 1): {
                "name": "rows",
                "evidence": "data",
                "metric": "valid_rows",
                "at_least": 5,
                "accept_uncertain": {"minimum_positives": 5, "minimum_power": 0.8, "unacceptable": 1},
            }
        },
        "release.gates[1].accept_uncertain: these metrics have no interval",
    ),
    "gate accepts without a bad figure": (
        {
            ("release", "gates", 1): gate(
                attribute="sex", accept_uncertain={"minimum_positives": 5, "minimum_power": 0.8}
            )
        },
        "release.gates[1].accept_uncertain: 'unacceptable' is missing",
    ),
    "gate accepts with a good figure": (
        {(*GATE, "accept_uncertain"): {"minimum_positives": 5, "minimum_power": 0.8, "unacceptable": 0.7}},
        "release.gates[0].accept_uncertain.unacceptable: this value would pass",
    ),
    "gate on nothing": (
        {("release", "gates", 1): gate(attribute="sx")},
        "release.gates[1].attribute: there is no such column",
        "did you mean 'sex'?",
    ),
    "aliases": (
        {("release", "registry"): {"champion": "best", "previous": "best"}},
        "release.registry.champion: champion and",
    ),
    "alias of MLflow": (
        {("release", "registry"): {"champion": "latest"}},
        "release.registry.champion: MLflow reserves",
    ),
    "model name": ({("release", "registry"): {"model_name": "a/b"}}, "release.registry.model_name: not a name for"),
    # monitoring
    "watched unknown": (
        {("monitoring",): {"drift": {"columns": ["amont"]}}},
        "monitoring.drift.columns[0]: there is no such",
    ),
    "watched target": (
        {("monitoring",): {"drift": {"columns": ["outcome"]}}},
        "monitoring.drift.columns[0]: the target cannot",
    ),
    "watched text": (
        {("monitoring",): {"drift": {"columns": ["note"]}}},
        "monitoring.drift.columns[0]: a free text is not compared",
    ),
    "watched date": (
        {("monitoring",): {"drift": {"columns": ["amount", "until"]}}},
        "monitoring.drift.columns[1]: a date moves by itself",
    ),
    "watched month": (
        {("monitoring",): {"drift": {"columns": ["amount", "count"]}}, (*C, "count", "calendar"): True},
        "monitoring.drift.columns[1]: a part of the calendar moves by itself",
        "or remove calendar: true from 'count'",
    ),
    "watched identifier": (
        {("monitoring",): {"drift": {"columns": ["key"]}}},
        "monitoring.drift.columns[0]: an identifier is new in every row",
    ),
    "time zone": (
        {("monitoring",): {"automation": {"timezone": "Europe/Berln"}}},
        "monitoring.automation.timezone: there is no such time zone",
        "did you mean 'Europe/Berlin'?",
    ),
    "schedule": (
        {("monitoring",): {"automation": {"retrain_schedule": "0 6 * *"}}},
        "monitoring.automation.retrain_schedule: a cron expression has five fields",
    ),
    "cooldown": (
        {("monitoring",): {"automation": {"cooldown": "0 0 31 2 *"}}},
        "monitoring.automation.cooldown: none of its months",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found_at_its_place_and_nothing_else_with_it(mistake, problems_of):
    """One mistake is one problem: its path, what is wrong, and where it helps what was meant."""
    changes, start, *parts = MISTAKES[mistake]

    found = problems_of(changes)

    assert len(found) == 1, found
    assert found[0].startswith(start)
    assert all(part in found[0] for part in parts)


def test_the_sound_use_case_has_no_problem(problems_of):
    """What the mistakes are put into is right in every place."""
    assert problems_of({}) == []


def test_every_check_says_what_it_holds():
    """Checks are plain functions with a sentence each, and none is run twice."""
    assert all(check.__doc__ for check in CHECKS)
    assert len(set(CHECKS)) == len(CHECKS) > 30


def test_a_broken_column_causes_no_second_problem(problems_of):
    """What refers to a column whose declaration is broken is not held against the reader of the first message."""
    found = problems_of({(*C, "amount", "type"): "numbr", STATISTIC: statistic(), DERIVE: derived()})

    assert len(found) == 1
    assert found[0].startswith("data.columns.amount.type: unknown choice")


def test_a_broken_derived_feature_causes_no_second_problem(problems_of):
    """A feature that is built on a broken one is not called unknown."""
    broken = derived(name="half", column=3)
    found = problems_of({DERIVE: broken, ("features", "derive", 2): derived(name="quarter", column="half")})

    assert [line.split(";")[0] for line in found] == ["features.derive[1].column: wrong type"]


def test_places_in_a_list_are_those_of_the_file_although_an_item_is_broken(problems_of):
    """A broken gate does not shift the place of the next one."""
    found = problems_of({(*GATE, "evidence"): "evaluaton", ("release", "gates", 1): gate(attribute="colour")})

    assert [line.split(";")[0] for line in found] == [
        "release.gates[0].evidence: unknown choice",
        "release.gates[1].attribute: fairness is not measured over this column",
    ]


def test_mistakes_of_several_kinds_are_reported_together(problems_of):
    """A broken section does not hide what is wrong in the others."""
    found = problems_of(
        {
            ("task",): 5,
            (*C, "amount", "senstive"): True,
            ("features", "exclude"): ["flga"],
            (*GATE, "metric"): "acu",
            ("training",): {"search": {"trials": 0}},
        }
    )

    assert [line.split(":")[0] for line in found] == [
        "task",
        "data.columns.amount.senstive",
        "features.exclude[0]",
        "release.gates[0].metric",
        "training.search.trials",
    ]
