"""Every public name stands in the reference pages, and every name there exists."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = sorted(
    path.parent.name if path.name == "__init__.py" else path.stem
    for path in [*(ROOT / "src/aibaro").glob("*/__init__.py"), *(ROOT / "src/aibaro").glob("*.py")]
    if (path.name == "__init__.py" and path.parent.name != "aibaro") or not path.stem.startswith("_")
)


def documented(room: str) -> set[str]:
    """Names that the reference page of a room lists, one a line, below its autosummary directive."""
    page = ROOT / "docs" / "reference" / f"{room}.md"
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    return set(re.findall(r"^ {3}(\w+)$", text, flags=re.MULTILINE))


def public(room: str) -> set[str]:
    """Names that a room exports: its ``__all__``, or of a module what it defines without an underscore."""
    module = import_module(f"aibaro.{room}")
    if hasattr(module, "__all__"):
        return set(module.__all__)
    own = {n for n, value in vars(module).items() if getattr(value, "__module__", None) == module.__name__}
    return {n for n in own if not n.startswith("_")}


@pytest.mark.parametrize("room", ROOMS)
def test_reference_and_exports_agree(room: str) -> None:
    assert documented(room) == public(room)
