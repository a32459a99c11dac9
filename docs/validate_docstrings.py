"""Validate the docstring of every public name and of every public method with numpydoc.

The names are those of the reference pages, so that what is shown is what is checked.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from importlib import import_module
from types import GenericAlias

from numpydoc.validate import validate
from write_reference import exports, rooms

# undocumented, malformed, no summary, no period, parameters or returns missing or without description
CODES = {"GL03", "GL05", "GL06", "GL07", "GL08", "SS01", "SS03", "PR01", "PR02", "PR07", "PR10", "RT01", "RT03", "YD01"}

# rooms whose functions join others, and are seen at work in commands
WIRING = {"cli", "files", "study"}


def public_names() -> Iterator[str]:
    """Dotted names of all public objects and of the public methods that classes define themselves."""
    for room in rooms():
        for name in exports(room):
            yield f"aibaro.{room}.{name}"
            value = getattr(import_module(f"aibaro.{room}"), name)
            if inspect.isclass(value):
                own = [n for n, member in vars(value).items() if n[0] != "_" and not _is_field(value, n, member)]
                yield from (f"aibaro.{room}.{name}.{n}" for n in own)


def _is_field(owner: type, name: str, member: object) -> bool:
    return name in getattr(owner, "__dataclass_fields__", {}) or not (callable(member) or hasattr(member, "fget"))


def _inherited(code: str, text: str, value: object) -> bool:
    """Whether a missing parameter is private, a protocol's, or documented by the class that defines ``__init__``."""
    if code != "PR01":
        return False
    names = re.findall(r"'(\*{0,2}\w+)'", text)
    return all(n[0] in "_*" for n in names) or (inspect.isclass(value) and "__init__" not in vars(value))


def faults(name: str, value: object) -> list[str]:
    """Faults of one docstring that count."""
    errors: list[tuple[str, str]] = validate(name)["errors"]
    return [f"{code} {text}" for code, text in errors if code in CODES and not _inherited(code, text, value)]


def unsaid(room: str, value: object) -> Iterator[str]:
    """What a function does not say: an example, and the errors that it raises itself."""
    if not inspect.isfunction(value):
        return
    text = inspect.getdoc(value) or ""
    if room not in WIRING and "\nExamples\n---" not in text:
        yield "no example"
    body = ast.parse(textwrap.dedent(inspect.getsource(value)))
    if any(isinstance(node, ast.Raise) for node in ast.walk(body)) and "\nRaises\n---" not in text:
        yield "raises an error that is not described"


def main() -> int:
    """Print every fault; 1 when there is any."""
    total = 0
    for name in public_names():
        _, room, *path = name.split(".")
        value: object = import_module(f"aibaro.{room}")
        for part in path:
            value = getattr(value, part)
        if isinstance(value, GenericAlias) or not (callable(value) or isinstance(value, property)):
            continue  # constants and types are described beside their definition
        own = unsaid(room, value) if len(path) == 1 else ()
        for fault in (*faults(name, value), *own):
            print(f"{name}: {fault}")
            total += 1
    print(f"{total} faults in docstrings")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
