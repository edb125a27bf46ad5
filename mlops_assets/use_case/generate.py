"""Writes the generated files again: the JSON schemas that editors complete from and the configuration reference.

Run by `make docs`; tests say where a committed file is no longer fresh.
"""

from __future__ import annotations

from pathlib import Path

from mlops_assets.use_case.reference import FILE, render_reference
from mlops_assets.use_case.schema import schema_texts


def main() -> None:
    """Write every generated file of the project that holds this package."""
    root = Path(__file__).resolve().parents[2]
    for file, text in {**schema_texts(), FILE: render_reference()}.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
