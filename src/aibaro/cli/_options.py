"""Options that commands share, so that each is spelled one way."""

from __future__ import annotations

import argparse
import os
from importlib.util import find_spec
from pathlib import Path

from aibaro.errors import InputError, MissingDependencyError


def add_output(
    parser: argparse.ArgumentParser,
    what: str,
    *,
    default: str | None = None,
    metavar: str = "DIR",
    required: bool = False,
) -> None:
    """Declare ``-o``: the file or folder to write; ``--out`` is the older spelling."""
    suffix = f" (default: {default})" if default else ""
    parser.add_argument(
        "-o",
        "--output",
        "--out",
        dest="out",
        type=_folder if metavar == "DIR" else _file,
        default=default,
        metavar=metavar,
        required=required,
        help=what + suffix,
    )


def add_language(parser: argparse.ArgumentParser) -> None:
    """Declare ``--lang``, or ``--language`` in full."""
    parser.add_argument(
        "--lang", "--language", choices=("en", "nl"), default="en", help="language of the words (default: en)"
    )


def add_conf_level(parser: argparse.ArgumentParser) -> None:
    """Declare ``--conf-level``; ``--level`` is the older spelling."""
    parser.add_argument(
        "--conf-level",
        "--level",
        dest="conf_level",
        type=float,
        default=0.95,
        metavar="P",
        help="confidence level of intervals (default: 0.95)",
    )


def path_text(text: str) -> str:
    """Read a path; empty text would mean the current folder without saying so."""
    if not text.strip():
        raise argparse.ArgumentTypeError("an empty path; write . for the current folder")
    return text


def _folder(text: str) -> str:
    if Path(path_text(text)).is_file():
        raise argparse.ArgumentTypeError(f"{text} is a file; name a folder")
    return text


def _file(text: str) -> str:
    if Path(path_text(text)).is_dir():
        raise argparse.ArgumentTypeError(f"{text} is a folder; name a file in it")
    return text


def at_least_one(text: str) -> int:
    """Read a number of things to make or show."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1 on")
    return number


# package -> the extra that brings it
EXTRAS = {
    "ortools": "exact",
    "openpyxl": "excel",
    "xlsxwriter": "excel",
    "pyreadstat": "files",
    "pdfplumber": "pdf",
    "great_tables": "notebook",
}


def require(package: str, *, where: str) -> None:
    """Refuse what needs an optional package before any work is done."""
    if find_spec(package) is None:
        raise missing(package, where=where)


# kind of file -> the package that writes it
WRITERS = {".xlsx": "openpyxl", ".sav": "pyreadstat", ".zsav": "pyreadstat", ".dta": "pyreadstat"}


def require_for(target: str | Path, *, where: str) -> None:
    """Refuse a kind of file that needs an optional package before any work is done."""
    package = WRITERS.get(Path(target).suffix.lower())
    if package is not None:
        require(package, where=where)


def missing(package: str, *, where: str) -> MissingDependencyError:
    """The error of an optional package that is not installed: what to install."""
    return MissingDependencyError(
        f"this needs {package}, which is not installed",
        where=where,
        expected=package,
        hint=f"pip install 'aibaro[{EXTRAS[package]}]'",
    )


def keep_apart(target: str | Path, *inputs: str | Path, command: str, parameter: str = "--output") -> None:
    """Refuse to write into a folder that is read or that holds a survey, at any depth, or over a file that is read."""
    # a loop of links has no place; it is refused where it is read
    here = Path(os.path.realpath(target))
    surveys = [folder for folder in (here, *here.parents) if os.path.isfile(folder / "printed.csv")]
    for entry in (*inputs, *surveys):
        source = Path(os.path.realpath(entry))
        if here == source or (source.is_dir() and source in here.parents):
            raise InputError(
                "the output would be written over the input",
                where=f"aibaro {command}",
                parameter=parameter,
                expected=f"a place outside {entry}",
                got=str(target),
                hint="choose another file or folder",
            )
