"""The package holds a text against any model: here recipes, which have nothing to do with machine learning."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import jsonschema
import pytest
from pydantic import BaseModel, Field, model_validator

from mlops_assets.errors import ConfigError
from mlops_assets.yaml_files.model import Model
from mlops_assets.yaml_files.reading import parse_document, read_document, read_model


class Ingredient(Model):
    """What goes in."""

    RENAMED: ClassVar[dict[str, str]] = {"amount": "grams"}

    name: str
    grams: Annotated[float, Field(gt=0)]


class Bake(Model):
    """A step in the oven."""

    RENAMED: ClassVar[dict[str, str]] = {"degrees": "celsius"}

    step: Literal["bake"]
    celsius: Annotated[int, Field(ge=50, le=300)] = 180


class Rest(Model):
    """A step of doing nothing."""

    step: Literal["rest"]
    minutes: int

    @model_validator(mode="after")
    def _is_worth_it(self) -> "Rest":
        if self.minutes < 5:
            raise ValueError("nobody rests for less than five minutes")
        return self


class Recipe(Model):
    """The whole of it."""

    RENAMED: ClassVar[dict[str, str]] = {"title": "name", "method": "steps"}

    name: str
    vegan: bool = False
    ingredients: Annotated[tuple[Ingredient, ...], Field(min_length=1)]
    steps: tuple[Annotated[Bake | Rest, Field(discriminator="step")], ...] = ()
    notes: dict[str, str | None] = {}


SOUND = """name: Bread
vegan: true
ingredients:
  - {name: flour, grams: 500}
  - {name: water, grams: 330}
steps:
  - {step: rest, minutes: 60}
  - {step: bake, celsius: 230}
"""
EARLIER = SOUND.replace("grams", "amount").replace("celsius", "degrees").replace("steps:", "method:")


def read(source, model):
    document = read_document(source, str(source)) if isinstance(source, Path) else parse_document(source, "text")
    reading = read_model(document, model)
    document.refuse(reading.problems)
    return reading.value


def problems_of(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        read(text, Recipe)
    return caught.value.problems


def test_a_sound_text_becomes_the_model():
    recipe = read(SOUND, Recipe)

    assert recipe.ingredients[1] == Ingredient(name="water", grams=330.0)
    assert recipe.steps == (Rest(step="rest", minutes=60), Bake(step="bake", celsius=230))


def test_a_file_is_read_like_a_text(tmp_path):
    file = tmp_path / "bread.yaml"
    file.write_text(SOUND, encoding="utf-8")

    assert read(file, Recipe) == read(SOUND, Recipe)
    with pytest.raises(ConfigError, match="there is no such file; expected a YAML file"):
        read(tmp_path / "cake.yaml", Recipe)


def test_every_mistake_is_found_at_once_each_at_its_place():
    text = SOUND.replace("vegan: true", "vegn: yes").replace("grams: 500", "grams: 0").replace("60}", "2}")

    assert problems_of(text.replace("celsius: 230", "celsius: hot")) == (
        "text:2:1: vegn: unknown key; expected one of name, vegan, ingredients, steps, notes; did you mean 'vegan'?",
        "text:4:26: ingredients[0].grams: out of range; expected a number above 0; got 0",
        "text:7:5: steps[0]: nobody rests for less than five minutes",
        "text:8:27: steps[1].celsius: wrong type; expected a whole number from 50 to 300; got 'hot'",
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("step: rest", "step: sleep", "text:7:12: steps[0].step: there is no such step; expected one of bake, rest"),
        ("name: Bread\n", "", "text:1:1: 'name' is missing; expected a text"),
        ("vegan: true", "vegan: yes", "text:2:8: vegan: wrong type; expected true or false; got 'yes'; write true"),
        ("vegan: true", "grams: 3", "text:2:1: grams: unknown key; expected one of name, vegan, ingredients"),
        ("vegan: true", "notes: {5: a}", "text:2:9: notes[5]: wrong type of the key; expected a text; got 5"),
        ("name: Bread", "name: Bread\nname: Roll", "text:2:1: name: the key is repeated, first in line 1"),
    ],
)
def test_a_mistake_is_said_with_its_repair(old, new, expected):
    assert problems_of(SOUND.replace(old, new))[0].startswith(expected)


def test_earlier_names_work_wherever_the_model_stands():
    """At the root, in a list, and in a list of tagged mappings."""
    assert read(EARLIER, Recipe) == read(SOUND, Recipe)


def test_a_mistake_at_an_earlier_name_points_at_its_line_and_says_both_names():
    text = EARLIER.replace("amount: 330", "amount: -1").replace("degrees: 230", "degrees: 20")

    first, second = problems_of(text)
    assert first.startswith("text:5:27: ingredients[1].grams: out of range; expected a number above 0; got -1; ")
    assert first.endswith("; 'grams' is written here under its earlier name 'amount'")
    assert second.startswith("text:8:27: steps[1].celsius: out of range; expected a whole number from 50 to 300; ")
    assert "'steps' is written here under its earlier name 'method'; " in second
    assert second.endswith("; 'celsius' is written here under its earlier name 'degrees'")


def test_both_names_at_once_are_one_problem():
    text = SOUND.replace("grams: 330", "grams: 330, amount: 5")

    assert problems_of(text) == (
        "text:5:31: ingredients[1].amount: this is the earlier name of 'grams', which is also set; remove 'amount'",
    )


@pytest.mark.parametrize(
    ("text", "is_marked"),
    [
        (SOUND, False),
        (EARLIER, False),
        (SOUND.replace("grams: 330", "grams: 330, amount: 5"), True),
        (SOUND.replace("grams: 330", "gram: 330"), True),
        (SOUND.replace(", grams: 330", ""), True),
        (SOUND.replace("celsius: 230", "celsius: 230, degrees: 230"), True),
        (SOUND.replace("celsius: 230", "degrees: 20"), True),
        (SOUND.replace(", celsius: 230", ""), False),
    ],
)
def test_the_json_schema_takes_earlier_names_as_deprecated_and_agrees_with_the_reader(text, is_marked):
    schema = Recipe.model_json_schema()
    data = json.loads(json.dumps(parse_document(text, "f").data))
    marked = bool(list(jsonschema.Draft202012Validator(schema).iter_errors(data)))

    assert marked is is_marked
    assert schema["$defs"]["Ingredient"]["properties"]["amount"]["deprecated"] is True
    try:
        read(text, Recipe)
    except ConfigError:
        assert is_marked
    else:
        assert not is_marked


def test_what_is_sound_is_there_to_be_cross_checked():
    """A broken item is left out and named, a broken part with a default has it."""
    document = parse_document(SOUND.replace("grams: 500", "grams: 0").replace("vegan: true", "vegan: 3"), "f")
    reading = read_model(document, Recipe)

    assert [item.name for item in reading.value.ingredients] == ["water"]
    assert reading.value.vegan is False
    assert reading.dropped == {("ingredients", 0)}
    assert {("vegan",), ("ingredients", 0, "grams")} <= reading.broken


def test_a_lenient_model_is_held_as_strictly():
    """Unknown keys and converted values are mistakes whatever the model's own configuration says."""

    class Lenient(BaseModel):
        """A model of somebody who trusts everybody."""

        size: int = 1

    with pytest.raises(ConfigError, match=r"text:1:7: size: wrong type; expected a whole number; got '3'"):
        read("size: '3'", Lenient)
    with pytest.raises(ConfigError, match=r"text:1:1: sise: unknown key; expected one of size; did you mean 'size'\?"):
        read("sise: 3", Lenient)


def test_the_package_loads_no_use_case_and_no_plugin():
    """What it imports at run time, not only what its files say."""
    modules = [path.stem for path in (Path(__file__).parents[2] / "mlops_assets" / "yaml_files").glob("[a-z]*.py")]
    imports = "; ".join(f"import mlops_assets.yaml_files.{module}" for module in modules)
    code = f"import sys; {imports}; print(*sorted(n for n in sys.modules if n.startswith('mlops_assets.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[1] for name in done.stdout.split()}

    assert len(modules) > 5
    assert loaded == {"errors", "redaction", "yaml_files"}
