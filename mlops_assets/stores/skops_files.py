"""Skops files: an estimator as bytes without pickle, equal for equal estimators, read back type by reviewed type.

Holds the types that any model file may hold; those of one family are in its plugin as `TYPES`, each with a reason.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from mlops_assets.errors import IntegrityError, listing

COMMON_TYPES: dict[str, str] = {
    "builtins.dict": "attributes of an object by name",
    "builtins.list": "a list of parts",
    "builtins.tuple": "a fixed list of parts",
    "builtins.str": "a text, a number, a truth value or null, kept as JSON",
    "numpy.ndarray": "an array, read with allow_pickle=False",
    "numpy.dtype": "the type of an array's values",
    "numpy.int64": "a whole number",
    "numpy.uint64": "a whole number",
    "numpy.float64": "a number",
}
"""Types that any model file may hold, and what for."""
NODES = frozenset(
    {
        "DTypeNode",
        "DictNode",
        "JsonNode",
        "ListNode",
        "LossNode",
        "NdArrayNode",
        "ObjectNode",
        "RandomGeneratorNode",
        "TreeNode",
        "TupleNode",
        "TypeNode",
    }
)
"""Ways in which skops may build a part. Functions, methods, partials and operators are not among them."""
_SCHEMA = "schema.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def dump_estimator(estimator: Any) -> bytes:
    """Return an estimator as a skops file whose bytes depend on nothing but its content.

    Skops names the parts by their address in memory and stamps them with the time; here they are counted.
    """
    import skops.io

    source = zipfile.ZipFile(io.BytesIO(skops.io.dumps(estimator)))
    schema = json.loads(source.read(_SCHEMA))
    numbers: dict[int, int] = {}
    files: dict[str, str] = {}
    for node in _nodes(schema):
        if "__id__" in node:
            node["__id__"] = numbers.setdefault(node["__id__"], len(numbers))
        if "file" in node:
            node["file"] = files.setdefault(node["file"], f"{len(files)}.npy")
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for old, new in files.items():
            archive.writestr(zipfile.ZipInfo(new, _EPOCH), _without_padding(source.read(old)), zipfile.ZIP_DEFLATED)
        text = json.dumps(schema, separators=(",", ":"))
        archive.writestr(zipfile.ZipInfo(_SCHEMA, _EPOCH), text, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def load_estimator(content: bytes, types: Mapping[str, str], where: str) -> Any:
    """Build an estimator from a skops file that holds no type outside `COMMON_TYPES` and `types`.

    Args:
        content: the file.
        types: further reviewed types, the `TYPES` of a family.
        where: what to call the file in a message.

    Raises:
        IntegrityError: the file is no skops file, or holds another type or another way to build one. Nothing of it
            has been built by then.
    """
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    allowed = {**COMMON_TYPES, **types}
    try:
        schema = json.loads(zipfile.ZipFile(io.BytesIO(content)).read(_SCHEMA))
        _audit(schema, allowed, where)
        return skops.io.loads(content, trusted=list(allowed))
    except (UntrustedTypesFoundException, zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError) as fault:
        raise IntegrityError(
            "the model file cannot be read",
            where=where,
            expected="a skops file of reviewed types",
            got=f"{type(fault).__name__}: {fault}",
            fix="make it again: mlops-assets run USE_CASE --again model",
        ) from fault


def types_of(content: bytes) -> tuple[str, ...]:
    """Return the names of all types in a skops file, sorted: what `TYPES` of a new family must account for."""
    schema = json.loads(zipfile.ZipFile(io.BytesIO(content)).read(_SCHEMA))
    return tuple(sorted({_type_name(node) for node in _nodes(schema) if "__class__" in node}))


def _audit(schema: Any, allowed: Mapping[str, str], where: str) -> None:
    nodes = [node for node in _nodes(schema) if "__class__" in node or "__loader__" in node]
    foreign = sorted({_type_name(node) for node in nodes} - set(allowed))
    ways = sorted({str(node.get("__loader__")) for node in nodes} - NODES)
    if foreign or ways:
        raise IntegrityError(
            f"the model file holds types that were not reviewed: {listing([*foreign, *ways], 10)}",
            where=where,
            expected="types of stores.skops_files.COMMON_TYPES and of the family's TYPES",
            fix="do not load it; if the family is new, review the type and add it to TYPES with a reason",
        )


def _type_name(node: Mapping[str, Any]) -> str:
    return f"{node.get('__module__')}.{node.get('__class__')}"


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of a JSON value, parents first, in the order of the file."""
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _nodes(part)


def _without_padding(content: bytes) -> bytes:
    """Return a .npy file with zeros in the gaps between the fields of its records, where memory left chance bytes."""
    array = np.load(io.BytesIO(content), allow_pickle=False)
    if array.dtype.names is None:
        return content
    clean = np.zeros(array.shape, array.dtype)
    for name in array.dtype.names:
        clean[name] = array[name]
    target = io.BytesIO()
    np.save(target, clean, allow_pickle=False)
    return target.getvalue()
