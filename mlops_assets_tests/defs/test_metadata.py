"""What Dagster shows of a table is what the YAML declares of it."""

import pandas as pd

from mlops_assets.defs import metadata
from mlops_assets.use_case.data import Column, Comparison


def test_the_column_schema_of_a_table_states_its_rules():
    columns = {
        "age": Column(type="integer", min=18, unique=True, description="In years"),
        "code": Column(type="text", pattern="[a-z]+", warn=("missing",)),
    }
    rules = (Comparison(name="adult", left="age", operator=">=", value=18),)
    schema = metadata.table(pd.DataFrame({"age": [20], "code": ["a"]}), columns, rules)["dagster/column_schema"].schema
    age, code = schema.columns

    assert (age.type, age.description, age.constraints.nullable, age.constraints.unique) == (
        "int64",
        "In years",
        False,
        True,
    )
    assert (code.constraints.nullable, code.constraints.other) == (True, ["matches [a-z]+"])
    assert (age.constraints.other, schema.constraints.other) == (["min: 18.0"], ["adult: age >= 18"])
