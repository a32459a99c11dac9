"""Imports run downhill without circles, heavy libraries stay in their room, and what is private is seen."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest

import aibaro

PACKAGE = Path(aibaro.__file__).parent
LEVELS = {
    "_arguments": 0,
    "_arrays": 0,
    "_irreducible": 0,
    "_lazy": 0,
    "_typed": 0,
    "errors": 0,
    "rounding": 0,
    "messages": 0,
    "results": 0,
    "files": 0,
    "published": 1,
    "frames": 1,
    "facts": 2,
    "design": 2,
    "weights": 3,
    "estimate": 4,
    "tables": 5,
    "consistency": 5,
    "reconstruct": 6,
    "synthesize": 7,
    "disclosure": 7,
    "compare": 7,
    "sensitivity": 7,
    "planning": 7,
    "ledger": 8,
    "study": 9,
    "report": 10,
    "cli": 11,
    "__init__": 11,
    "__main__": 12,
}
# library -> rooms that may import it
OWNERS = {
    "matplotlib": {"report"},
    "jinja2": {"report"},
    "narwhals": {"frames"},
    "ortools": {"reconstruct"},
    "highspy": {"reconstruct", "consistency"},
    "formulaic": {"estimate"},
    "pyreadstat": {"frames"},
    "xlsxwriter": {"tables", "ledger"},
    "pdfplumber": {"published"},
    "rich": {"cli"},
    "great_tables": {"tables"},
}
# a room need not be lower to be used by its own face
ALLOWED_SIDEWAYS = {(room, "errors") for room in ("rounding", "messages", "files", "results", "_arguments", "_typed")}
MODULES = sorted(PACKAGE.rglob("*.py"))
# rooms whose modules are what a user sees: a command, a chapter, a figure each
FACES = {"cli", "report"}
# state that one module builds up step by step, and hands to nobody
BUILDERS = {
    "consistency.slips.Layout",
    "consistency._suspects._Examination",
    "estimate._passes.Passes",
    "estimate._quantiles.Search",
    "estimate._quantiles._Bracket",
    "published.pdf.PdfReading",
    "published.wide.WideTable",
    "published.wide._Block",
    "synthesize._counts.CountModel",
}


@cache
def syntax(path: Path) -> tuple[ast.AST, ...]:
    """Every node of a module."""
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def room(path: Path) -> str:
    """Name of the room that a module lies in."""
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Absolute names that a module imports anywhere, with their lines."""
    here = ["aibaro", *path.relative_to(PACKAGE).with_suffix("").parts]
    for node in syntax(path):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(here[: -node.level]) if node.level else ""
            name = ".".join(filter(None, (base, node.module)))
            # `from aibaro import weights` imports a room, `from aibaro.weights import rake` a name of one
            yield from ((node.lineno, f"{name}.{alias.name}" if name == "aibaro" else name) for alias in node.names)
        elif isinstance(node, ast.Call) and called(node) == "import_module":
            # a name that is put together at run time cannot be followed here
            yield from ((node.lineno, str(a.value)) for a in node.args[:1] if isinstance(a, ast.Constant))


def called(node: ast.Call) -> str:
    """Name of the function that a call calls, without its module."""
    return getattr(node.func, "id", "") or getattr(node.func, "attr", "")


def uphill(path: Path) -> list[str]:
    """Imports of a module that do not go to a lower room."""
    own = room(path)
    if own not in LEVELS:
        return [f"{path}: {own} stands in no line of the table of rooms"]
    faults = []
    for line, name in imported(path):
        root, _, rest = name.partition(".")
        if root != "aibaro" or not rest:
            continue
        other = rest.partition(".")[0]
        if other == own or other.startswith("__") or (own, other) in ALLOWED_SIDEWAYS:
            continue
        if LEVELS.get(other, 99) >= LEVELS[own]:
            faults.append(f"{path}:{line}: {own} may not import {other}")
    return faults


def strayed(path: Path) -> list[str]:
    """Imports of a heavy library outside the rooms that own it."""
    return [
        f"{path}:{line}: {name} belongs to {sorted(owners)}"
        for line, name in imported(path)
        if (owners := OWNERS.get(name.partition(".")[0])) is not None and room(path) not in owners
    ]


def dotted(path: Path) -> str:
    """Name under which a module is imported."""
    parts = ["aibaro", *path.relative_to(PACKAGE).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def run_time_imports(path: Path, names: set[str]) -> set[str]:
    """Modules of the package that a module imports at run time, at once or when a function is called."""
    only_types = [n for n in syntax(path) if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING"]
    left_out = {id(inner) for block in only_types for inner in ast.walk(block)}
    found = set()
    for node in syntax(path):
        if isinstance(node, ast.ImportFrom) and id(node) not in left_out and node.module:
            found |= {
                f"{node.module}.{a.name}" if f"{node.module}.{a.name}" in names else node.module for a in node.names
            }
    return (found & names) - {dotted(path)}


def test_the_map_counts_each_room_about_right() -> None:
    page = (Path(__file__).parents[1] / "docs" / "architecture.md").read_text(encoding="utf-8")
    stated = re.findall(r"^\| (`?[a-z ]+`?) \| (\d+) \| ([\d,]+) \|$", page, flags=re.MULTILINE)
    places = {"the package itself": PACKAGE.glob("*.py"), "all": PACKAGE.rglob("*.py")}
    places |= {f"`{path.parent.name}`": path.parent.rglob("*.py") for path in PACKAGE.glob("*/__init__.py")}
    assert {name for name, _, _ in stated} == set(places)
    for name, modules, lines in stated:
        files = list(places[name])
        count = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files)
        # a page that is a tenth behind misleads nobody
        assert abs(int(modules) - len(files)) <= 1 + len(files) / 10, name
        assert abs(int(lines.replace(",", "")) - count) <= 100 + count / 10, name


def test_no_import_circle_inside_rooms_either() -> None:
    names = {dotted(path) for path in MODULES}
    graph = {dotted(path): run_time_imports(path, names) for path in MODULES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(" imports ".join(reversed(circle.args[1])), pytrace=False)


def test_a_module_without_underscore_is_used_outside_its_room() -> None:
    names = {dotted(path) for path in MODULES}
    used = {(name, room(path)) for path in MODULES for name in run_time_imports(path, names)}
    public = [
        path for path in MODULES if path.parent != PACKAGE and not any(p[0] == "_" for p in dotted(path).split("."))
    ]
    inner = [path for path in public if path.stem != "__init__" and room(path) not in FACES]
    assert [dotted(path) for path in inner if not any(n == dotted(path) and r != room(path) for n, r in used)] == []


def test_an_exported_name_is_imported_from_its_room() -> None:
    faults = []
    for path in MODULES:
        for node in syntax(path):
            if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("aibaro."):
                continue
            _, own, *inner = str(node.module).split(".")
            home = import_module(f"aibaro.{own}")
            if own == room(path) or not inner or inner[-1][0] != "_":
                continue
            names = [a.name for a in node.names if a.name in getattr(home, "__all__", ())]
            faults += [f"{path}:{node.lineno}: {name} from {node.module}" for name in names]
    assert faults == []


def test_a_class_has_no_namesake() -> None:
    homes: dict[str, set[str]] = {}
    for path in MODULES:
        for node in syntax(path):
            if isinstance(node, ast.ClassDef):
                homes.setdefault(node.name, set()).add(dotted(path))
    assert {name: sorted(places) for name, places in homes.items() if len(places) > 1} == {}


def test_no_private_module_is_read_by_another_room() -> None:
    names = {dotted(path) for path in MODULES}
    read = {
        name.removeprefix("aibaro.")
        for path in MODULES
        for name in run_time_imports(path, names)
        if name.split(".")[-1][0] == "_" and name.count(".") > 1 and name.split(".")[1] != room(path)
    }
    assert read == set(), "export it from the room, or give the module a public name"


def test_what_one_hands_on_cannot_be_changed() -> None:
    faults = []
    for module in pkgutil.walk_packages([str(PACKAGE)], "aibaro."):
        if module.name.endswith("__main__"):
            continue
        for name, value in inspect.getmembers(import_module(module.name), inspect.isclass):
            if value.__module__ != module.name or not dataclasses.is_dataclass(value):
                continue
            frozen = value.__dataclass_params__.frozen  # type: ignore[attr-defined]
            if not frozen and f"{module.name}.{name}".removeprefix("aibaro.") not in BUILDERS:
                faults.append(f"{module.name}.{name}")
    assert faults == []


def test_a_room_imports_only_lower_rooms() -> None:
    assert MODULES
    assert [fault for path in MODULES for fault in uphill(path)] == []


def test_heavy_libraries_stay_in_their_room() -> None:
    assert [fault for path in MODULES for fault in strayed(path)] == []


def test_the_check_sees_what_it_should(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "published" / "wrong.py"
    module.parent.mkdir()
    module.write_text(
        "from aibaro import weights\nfrom aibaro.design import Design\nfrom ..estimate import mean\n"
        "def f():\n    import matplotlib.pyplot\n    import_module('aibaro.report')\n"
    )
    monkeypatch.setattr(sys.modules[__name__], "PACKAGE", tmp_path)
    names = {name for _, name in imported(module)}
    assert names == {"aibaro.weights", "aibaro.design", "aibaro.estimate", "matplotlib.pyplot", "aibaro.report"}
    # weights, design, estimate and report stand above this room; one library strayed
    assert {fault.rpartition(" ")[2] for fault in uphill(module)} == {"weights", "design", "estimate", "report"}
    assert len(strayed(module)) == 1


def loaded_by(statement: str) -> set[str]:
    """Libraries that a fresh interpreter has loaded after a statement."""
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted({{m.partition('.')[0] for m in sys.modules}})))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(result.stdout))


HEAVY = {
    "matplotlib",
    "statsmodels",
    "formulaic",
    "ortools",
    "highspy",
    "jinja2",
    "pyreadstat",
    "openpyxl",
    "xlsxwriter",
    "pdfplumber",
    "rich",
    "great_tables",
    "sklearn",
    "IPython",
}


@pytest.mark.parametrize(
    "statement", ["import aibaro", "import aibaro.weights", "import aibaro.published", "import aibaro; aibaro.Design"]
)
def test_light_imports_stay_light(statement: str) -> None:
    assert loaded_by(statement) & HEAVY == set()


def test_the_package_alone_loads_no_library_at_all() -> None:
    assert loaded_by("import aibaro") & {"pandas", "numpy", "scipy", "narwhals", "pyarrow"} == set()


def test_names_are_loaded_when_they_are_used() -> None:
    for name in ("load", "read", "catalogue", "Design", "PublishedSurvey", "weights", "published"):
        assert name in dir(aibaro)
        assert getattr(aibaro, name) is not None
    assert {name for name in aibaro.__all__ if name != "__version__"} <= set(dir(aibaro))
    with pytest.raises(AttributeError, match="no attribute 'no_such_room'"):
        aibaro.no_such_room  # noqa: B018
    with pytest.raises(ImportError):
        from aibaro import nothing  # noqa: F401
