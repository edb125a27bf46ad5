"""Bundles on disk: a folder of three files, hashed, and read back only where every byte is as it was written.

`model.skops` holds the estimator (no pickle), `manifest.json` what is declared of the rows that it takes, the versions
and the hashes of all files, itself among them, and `bundle.json` everything else. Raise `FORMAT` when a field is added
or its meaning changes.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_assets import plugins
from mlops_assets.errors import IntegrityError, listing
from mlops_assets.folders import private_folder
from mlops_assets.stores.bundle_records import dump_records, load_records, read_table, table_json
from mlops_assets.stores.skops_files import dump_estimator, load_estimator

if TYPE_CHECKING:
    from mlops_assets.training.bundle import Bundle

FORMAT = 3
"""Version of the layout of the folder and of its records. Format 2, with the columns in `bundle.json` and no rules
across columns, is read as well."""
MANIFEST, MODEL, RECORDS = "manifest.json", "model.skops", "bundle.json"
_FIX = "make it again: mlops-assets run USE_CASE --again model"


def save_bundle(bundle: Bundle, folder: Path) -> str:
    """Write a bundle and return the SHA-256 of its manifest, which stands for every byte of it.

    The files are written into a hidden folder next to `folder`, which then takes its place: a reader finds the old
    bundle, the new one, or (for an instant, or after a kill in it) none, never a mixture. Equal bundles make equal
    bytes.

    Raises:
        IntegrityError: `folder` is there and is not a bundle; it is left as it is.
    """
    _refuse_foreign(folder)
    files = {RECORDS: dump_records(bundle), MODEL: dump_estimator(bundle.estimator)}
    manifest = _manifest(bundle, files)
    private_folder(folder.parent)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for name, content in {**files, MANIFEST: manifest}.items():
            _write(temporary / name, content)
        temporary.chmod(0o755)
        _swap(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return hashlib.sha256(manifest).hexdigest()


def load_bundle(folder: Path, *, manifest_hash: str | None = None) -> Bundle:
    """Read a bundle, checking every hash before anything is built from it.

    The estimator of the same bytes is built once in a process and shared: predict with it, and change nothing of it.

    Args:
        folder: what `save_bundle` wrote.
        manifest_hash: what it returned, if that is known: without it anyone who can write to the folder can put
            another whole bundle in its place.

    Raises:
        IntegrityError: a file is missing, added or changed, the format or the version of scikit-learn is another, or
            the model holds a type that was not reviewed.
        PluginError: the family is not there any more.
    """
    from mlops_assets.training.bundle import Bundle

    files = _read(folder)
    manifest = _check_manifest(files, folder, manifest_hash)
    _check_files(files, manifest, folder)
    _check_versions(manifest, folder)
    records = load_records(files[RECORDS], str(folder / RECORDS))
    types = plugins.load("family", records["family"]).TYPES
    table = read_table(manifest.get("schema"), files[RECORDS], str(folder))
    return Bundle(**records, table=table, estimator=_estimator(files[MODEL], tuple(types.items()), str(folder / MODEL)))


def verify_bundle(folder: Path) -> str:
    """Return the SHA-256 of a bundle's manifest, once every file of it is as the manifest says. Builds nothing.

    Raises:
        IntegrityError: a file is missing, added or changed.
    """
    files = _read(folder)
    _check_files(files, _check_manifest(files, folder, None), folder)
    return hashlib.sha256(files[MANIFEST]).hexdigest()


@lru_cache(maxsize=1)
def _estimator(content: bytes, types: tuple[tuple[str, str], ...], where: str) -> Any:
    """Build an estimator; five steps of one run ask for the same one, and each time takes a tenth of a second."""
    return load_estimator(content, dict(types), where)


def _refuse_foreign(folder: Path) -> None:
    if folder.exists() and not (folder / MANIFEST).is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise IntegrityError(
            "the target of the bundle holds something else",
            where=str(folder),
            expected="nothing, an empty folder or an earlier bundle",
            fix="move it away",
        )


def _manifest(bundle: Bundle, files: dict[str, bytes]) -> bytes:
    record = {
        "format": FORMAT,
        "fingerprint": bundle.fingerprint,
        "versions": bundle.versions,
        "schema": table_json(bundle.table),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    return _with_checksum(record)


def _with_checksum(record: dict[str, Any]) -> bytes:
    return _canonical({**record, "checksum": hashlib.sha256(_canonical(record)).hexdigest()})


def _canonical(record: Any) -> bytes:
    return (json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _swap(temporary: Path, folder: Path) -> None:
    if not folder.exists():
        temporary.rename(folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    folder.rename(old)
    temporary.rename(folder)
    shutil.rmtree(old)


def _read(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        raise IntegrityError("there is no bundle", where=str(folder), expected="a folder of three files", fix=_FIX)
    there = {path.name for path in folder.iterdir()}
    expected = {MANIFEST, MODEL, RECORDS}
    if there != expected:
        raise IntegrityError(
            "the files of the bundle are not those that were written",
            where=str(folder),
            expected=listing(sorted(expected)),
            got="; ".join(
                f"{word} {listing(sorted(names))}"
                for word, names in (("missing", expected - there), ("added", there - expected))
                if names
            ),
            fix=_FIX,
        )
    return {name: (folder / name).read_bytes() for name in expected}


def _check_manifest(files: dict[str, bytes], folder: Path, manifest_hash: str | None) -> dict[str, Any]:
    where, content = str(folder / MANIFEST), files[MANIFEST]
    manifest: dict[str, Any] = {}
    with contextlib.suppress(ValueError, KeyError, TypeError):  # no JSON, or not of a manifest
        manifest = json.loads(content)
        del manifest["checksum"]
    if content != _with_checksum(manifest):
        raise IntegrityError("the manifest was changed", where=where, fix=_FIX)
    _check_format(manifest.get("format"), where)
    found = hashlib.sha256(content).hexdigest()
    if manifest_hash not in (None, found):
        raise IntegrityError(
            "the bundle is not the one that was recorded", where=where, expected=str(manifest_hash), got=found, fix=_FIX
        )
    return manifest


def _check_format(found: object, where: str) -> None:
    if found in (2, FORMAT):
        return
    older = isinstance(found, int) and found < FORMAT
    raise IntegrityError(
        "the bundle is of an older format, made by an earlier version of mlops_assets"
        if older
        else "the bundle is of a format that this version of mlops_assets does not know",
        where=where,
        expected=f"format {FORMAT}",
        got=f"format {found}",
        fix=_FIX if older else "install the version of mlops_assets that made it, or " + _FIX,
    )


def _check_files(files: dict[str, bytes], manifest: dict[str, Any], folder: Path) -> None:
    for name in (RECORDS, MODEL):
        digest = hashlib.sha256(files[name]).hexdigest()
        if manifest["files"].get(name) != digest:
            raise IntegrityError(
                "a file of the bundle was changed",
                where=str(folder / name),
                expected=f"SHA-256 {manifest['files'].get(name)}",
                got=digest,
                fix=_FIX,
            )


def _check_versions(manifest: dict[str, Any], folder: Path) -> None:
    fitted, present = manifest["versions"].get("scikit-learn"), version("scikit-learn")
    if fitted != present:
        raise IntegrityError(
            "the model was fitted with another version of scikit-learn",
            where=str(folder),
            expected=str(fitted),
            got=present,
            fix=f"install scikit-learn=={fitted}, or mlops-assets run USE_CASE --again model",
        )
