"""``aibaro open``: the report that a command wrote, in the browser."""

from __future__ import annotations

import argparse
import webbrowser
from pathlib import Path

from aibaro.cli._options import path_text
from aibaro.errors import InputError


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "folder", nargs="?", default="out", type=path_text, metavar="DIR", help="folder with report.html (default: out)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Open the report, and say where it is for those without a browser."""
    given = Path(arguments.folder)
    page = given if given.suffix == ".html" else given / "report.html"
    if not page.is_file():
        raise InputError(
            "there is no report",
            where="aibaro open",
            parameter="DIR",
            expected="a folder that 'aibaro replicate' or 'aibaro check' wrote",
            got=str(given),
            hint="run 'aibaro replicate' first, or name its folder",
        )
    address = page.resolve().as_uri()
    print(address)
    webbrowser.open(address)
    return 0
