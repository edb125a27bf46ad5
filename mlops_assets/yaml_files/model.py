"""The base of every model that a YAML file is held against, and how a type gets words of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler


@dataclass(frozen=True)
class Words:
    """How a type is called in messages and in the reference, where its constraints do not say it well."""

    text: str


class Model(BaseModel):
    """A frozen, strict piece of configuration: no unknown keys, no silent conversion, no NaN.

    The docstring below a field is its description in the reference and the schemas.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )

    RENAMED: ClassVar[Mapping[str, str]] = {}
    """Earlier names of fields, each with the present one: files written for an earlier version keep working."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return the JSON schema: an earlier name of a field is deprecated, and stands in place of the present one."""
        schema = handler(core_schema)
        node = handler.resolve_ref_schema(schema)
        for earlier, present in cls.RENAMED.items():
            words = f"Earlier name of `{present}`."
            node["properties"][earlier] = {**node["properties"][present], "deprecated": True, "description": words}
            rule: dict[str, Any] = {"not": {"required": [earlier, present]}}
            if present in node.get("required", []):
                node["required"].remove(present)
                rule = {"oneOf": [{"required": [name]} for name in (earlier, present)]}
            node["allOf"] = [*node.get("allOf", []), rule]
        return schema


Slug = Annotated[
    str,
    Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60),
    Words("a name of lower-case letters, digits and underscores that starts with a letter, 60 characters at most"),
]
"""A name that is safe as an asset key, a file name and a URL: lower case, digits and underscores."""
