"""``aibaro init``: the templates of a survey of one's own."""

from __future__ import annotations

import argparse
from pathlib import Path

from aibaro.errors import InputError
from aibaro.files import write_text_atomic
from aibaro.published import templates


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("path", metavar="PATH", help="folder to make; it must not hold files of these names yet")


def run(arguments: argparse.Namespace) -> int:
    """Write the templates."""
    folder = Path(arguments.path)
    files = templates(arguments.path)
    taken = [name for name in files if (folder / name).exists()]
    if (folder.exists() and not folder.is_dir()) or taken:
        raise InputError(
            "files would be overwritten",
            where="aibaro init",
            parameter="PATH",
            expected="a new folder",
            got=f"{arguments.path}{': ' + ', '.join(taken) if taken else ' is a file'}",
        )
    for name, text in files.items():
        write_text_atomic(folder / name, text)
    print(f"{len(files)} files written to {arguments.path}; README.md says how to fill them in")
    return 0
