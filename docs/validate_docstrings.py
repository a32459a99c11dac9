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
# rooms whose functions compute, unless they stand in the next table
COMPUTING = {
    "compare",
    "consistency",
    "disclosure",
    "estimate",
    "planning",
    "reconstruct",
    "rounding",
    "sensitivity",
    "synthesize",
    "tables",
    "weights",
}
# what reads, names, lays out, writes, or applies a method of another export to everything in a survey: no formula
NO_FORMULA = {
    "compare": "across adoption claim_families compare declared differences pair_matrix refusals share share_of"
    " verdict",
    "consistency": "accused_by additions check_cases neighbours",
    "disclosure": "audit pinned_summary to_frame",
    "reconstruct": "bounds_frame bounds_with_intervals difference_of kept_witness own_item own_items percentages"
    " read_bounds share_in stratum_domain write_bounds write_detection_limits",
    "rounding": "codes language named_share parse_printed read_printed",
    "sensitivity": "response_table survey_nonresponse what_would_turn",
    "synthesize": "read_declared replicates synthetic_label write_synthetic",
    "tables": "write_excel",
    "weights": "history_path read_history write_history",
}
# what is derived or defined in the notes themselves: no source but this project's
OWN_FORMULA = {
    "compare": "declared_size survey_waves",
    "consistency": "judgements propose",
    "reconstruct": "compute_detection_limits detection_limit detection_limits verify violated",
    "rounding": "admitted round_half_up",
    "sensitivity": "paired_ratio shifted_share",
    "weights": "domain_sizes",
}
# sources that have neither a DOI nor an address
WITHOUT_DOI = (
    "American Association for Public Opinion Research (2023)",
    "Balinski, M. L. & Young, H. P. (2001)",
    "Bethel, J. (1989)",
    "Cochran, W. G. (1977)",
    "Fréchet, M. (1951)",
    "Kish, L. (1965)",
    "Korn, E. L. and Graubard, B. I. (1998)",
    "McCullagh, P. (1980). Journal",
    "Neal, R. M., Beal, M. J. & Roweis, S. T. (2004)",
    "Parker, J. D. et al. (2017)",
    "Potter, F. J. (1990)",
    "Preston, J. (2009)",
    "Rao, J. N. K., Wu, C. F. J., & Yue, K. (1992)",
)


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


def section(text: str, head: str) -> str:
    """What stands under a heading of a docstring."""
    found = re.search(rf"^{head}\n-+\n(.*?)(?=\n\n\w[\w ]*\n---|\Z)", text, re.DOTALL | re.MULTILINE)
    return found[1] if found else ""


def unsaid(room: str, name: str, value: object) -> Iterator[str]:
    """What a function does not say: an example, the errors that it raises itself, its formula and source."""
    if not inspect.isfunction(value):
        return
    text = inspect.getdoc(value) or ""
    if room not in WIRING and not section(text, "Examples"):
        yield "no example"
    body = ast.parse(textwrap.dedent(inspect.getsource(value)))
    if any(isinstance(node, ast.Raise) for node in ast.walk(body)) and not section(text, "Raises"):
        yield "raises an error that is not described"
    if room not in COMPUTING or name in NO_FORMULA.get(room, "").split():
        return
    if not section(text, "Notes"):
        yield "no formula or method under Notes"
    if name not in OWN_FORMULA.get(room, "").split() and not section(text, "References"):
        yield "no source under References"


def unfounded(text: str) -> Iterator[str]:
    """Sources of a docstring that cannot be looked up."""
    entries = re.split(r"\n(?=\S.*\(\d{4}\))", re.sub(r"\n\s*\n", "\n", section(text, "References")))
    for entry in filter(None, map(str.strip, entries)):
        if not re.search(r"10\.\d{4,9}/|https?://", entry) and not any(known in entry for known in WITHOUT_DOI):
            yield f"a source without DOI or address: {' '.join(entry.split())}"


def shapeless(text: str) -> Iterator[str]:
    """Arrays that a docstring takes or gives without their shape."""
    for head in ("Parameters", "Returns", "Attributes"):
        for line in section(text, head).splitlines():
            is_type = line[:1] not in {"", " "}
            if is_type and re.search(r"ndarray|array_like", line) and not re.search(r"shape|length", line):
                yield f"an array without its shape: {line}"


def stale() -> Iterator[str]:
    """Lines of the tables above that nothing needs any more."""
    for table in (NO_FORMULA, OWN_FORMULA):
        for room, names in table.items():
            yield from (f"{room}.{name} is no export" for name in names.split() if name not in exports(room))
    for room, names in OWN_FORMULA.items():
        for name in names.split():
            if section(inspect.getdoc(getattr(import_module(f"aibaro.{room}"), name)) or "", "References"):
                yield f"{room}.{name} names a source"


def main() -> int:
    """Print every fault; 1 when there is any."""
    told = list(stale())
    for name in public_names():
        _, room, *path = name.split(".")
        value: object = import_module(f"aibaro.{room}")
        for part in path:
            value = getattr(value, part)
        if isinstance(value, GenericAlias) or not (callable(value) or isinstance(value, property)):
            continue  # constants and types are described beside their definition
        value = inspect.unwrap(value) if callable(value) else value
        text = inspect.getdoc(value) or ""
        own = unsaid(room, path[0], value) if len(path) == 1 else ()
        told += [f"{name}: {fault}" for fault in (*faults(name, value), *own, *unfounded(text), *shapeless(text))]
    print(*told, f"{len(told)} faults in docstrings", sep="\n")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
