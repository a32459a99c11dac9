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


def summary(room: str) -> str:
    """First line of what a room says of itself."""
    return (import_module(f"aibaro.{room}").__doc__ or "").strip().splitlines()[0]


def page(room: str, names: list[str]) -> str:
    """One reference page."""
    listing = "\n".join(f"   {name}" for name in names)
    return (
        f"# `aibaro.{room}`\n\n{summary(room)}\n\n```{{eval-rst}}\n.. currentmodule:: aibaro.{room}\n\n"
        f".. autosummary::\n   :toctree: generated\n\n{listing}\n```\n"
    )


def main() -> None:
    """Write a page a room, and their index."""
    kept = [room for room in rooms() if exports(room)]
    for old in (HERE / "reference").glob("*.md"):
        old.unlink()
    for room in kept:
        (HERE / "reference" / f"{room}.md").write_text(page(room, exports(room)), encoding="utf-8")
    rows = "\n".join(f"| {{doc}}`aibaro.{room} <{room}>` | {summary(room)} |" for room in kept)
    (HERE / "reference" / "index.md").write_text(
        "# Reference\n\n```{index} !reference, !api, !functions, !functies\n```\n\nEvery public name, room by room.\n\n"
        f"| room | |\n|---|---|\n{rows}\n\n"
        "```{toctree}\n:hidden:\n\n" + "\n".join(kept) + "\n```\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
