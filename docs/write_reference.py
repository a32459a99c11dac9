"""Rewrite the reference pages from what each room exports.

Run it from the root of the checkout after a public name came or went; a test compares pages and exports.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parent / "src" / "aibaro"


def rooms() -> list[str]:
    """Names of all rooms, packages and modules alike."""
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    modules = {path.stem for path in PACKAGE.glob("*.py") if not path.stem.startswith("_")}
    return sorted(packages | modules)


def exports(room: str) -> list[str]:
    """Public names of a room, sorted."""
    module = import_module(f"aibaro.{room}")
    if hasattr(module, "__all__"):
        return sorted(module.__all__)
    return sorted(n for n, v in vars(module).items() if getattr(v, "__module__", "") == module.__name__ and n[0] != "_")


def page(room: str, names: list[str]) -> str:
    """One reference page."""
    summary = (import_module(f"aibaro.{room}").__doc__ or "").strip().splitlines()[0]
    listing = "\n".join(f"   {name}" for name in names)
    return (
        f"# `aibaro.{room}`\n\n{summary}\n\n```{{eval-rst}}\n.. currentmodule:: aibaro.{room}\n\n.. autosummary::\n"
        f"   :toctree: generated\n\n{listing}\n```\n"
    )


def main() -> None:
    """Write a page a room, and their index."""
    kept = [room for room in rooms() if exports(room)]
    for old in (HERE / "reference").glob("*.md"):
        old.unlink()
    for room in kept:
        (HERE / "reference" / f"{room}.md").write_text(page(room, exports(room)), encoding="utf-8")
    listing = "\n".join(kept)
    (HERE / "reference" / "index.md").write_text(
        f"# Reference\n\nEvery public name, room by room.\n\n```{{toctree}}\n:maxdepth: 1\n\n{listing}\n```\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
