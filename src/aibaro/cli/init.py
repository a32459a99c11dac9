"""``aibaro init``: the templates of a survey of one's own."""

from __future__ import annotations

import argparse
from pathlib import Path

from aibaro.cli._options import keep_apart
from aibaro.errors import InputError, first_few
from aibaro.files import write_together
from aibaro.published import templates, upgrade


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("path", metavar="PATH", help="folder to make: a new or an empty one")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--table", metavar="FILE", help="read tables: xlsx, ods, CSV, TSV, HTML, or - for pasted text")
    source.add_argument("--pdf", metavar="FILE", help="read the numbers and tables of a PDF")
    source.add_argument("--upgrade", action="store_true", help="rewrite a folder of version 0.1 as one of today")
    parser.add_argument("--sheet", action="append", default=[], metavar="NAME", help="only this sheet; may be repeated")
    parser.add_argument(
        "--decimal",
        "--decimal-mark",
        dest="decimal_mark",
        metavar="MARK",
        choices=(",", "."),
        help="decimal mark, . or , where the numbers leave it open",
    )
    parser.add_argument("--language", "--lang", metavar="CODE", help="language of the publication, such as nl or en")


def run(arguments: argparse.Namespace) -> int:
    """Write the templates, or what a table holds."""
    folder = Path(arguments.path)
    if arguments.upgrade:
        return _upgrade(folder)
    _refuse_taken(arguments.path)
    keep_apart(arguments.path, command="init", parameter="PATH")
    if arguments.table is not None:
        return _from_table(arguments, folder)
    if arguments.pdf is not None:
        return _from_pdf(arguments, folder)
    files = templates(arguments.path)
    write_together(folder, {name: text.encode() for name, text in files.items()})
    print(f"{len(files)} files written to {arguments.path}; README.md says how to fill them in")
    return 0


def _refuse_taken(name: str) -> None:
    """Refuse a folder that holds anything yet, and names that are no folder's."""
    folder, found = Path(name), ""
    if not name.strip() or not name.isprintable():
        found = "a name that no line can show" if name.strip() else "an empty name"
    elif "://" in name:
        found = f"an address: {name}"
    elif folder.is_symlink() and not folder.exists():
        found = f"{name}, a link that leads nowhere"
    elif folder.exists() and not folder.is_dir():
        found = f"{name}, which is a file"
    elif folder.exists():
        # hidden files are of editors and systems
        there = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
        found = f"{name}, which holds {first_few(there, 5)}" if there else ""
    if found:
        raise InputError(
            "files would lie among others",
            where="aibaro init",
            parameter="PATH",
            expected="a new or an empty folder",
            got=found,
            hint="name a folder that is not there yet, such as my-survey",
        )


def _from_table(arguments: argparse.Namespace, folder: Path) -> int:
    from aibaro.cli._init_table import said, table_folder

    files, table, proposals = table_folder(
        arguments.table,
        folder,
        sheets=arguments.sheet,
        mark=arguments.decimal_mark or "",
        language=arguments.language or "",
    )
    write_together(folder, {name: text.encode() for name, text in files.items()})
    print(said(folder, files, table, proposals))
    return 0


def _from_pdf(arguments: argparse.Namespace, folder: Path) -> int:
    from aibaro.cli._init_table import pdf_folder, said, said_of_pdf

    files, table, proposals, reading = pdf_folder(
        arguments.pdf, folder, mark=arguments.decimal_mark or "", language=arguments.language or ""
    )
    write_together(folder, {name: text.encode() for name, text in files.items()})
    print(said(folder, files, table, proposals))
    print(said_of_pdf(reading, table))
    return 0


def _upgrade(folder: Path) -> int:
    changes = upgrade(folder)
    print("\n".join(changes) if changes else f"{folder} needs no change")
    return 0
