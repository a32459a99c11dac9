"""``aibaro show``: what does a survey print?"""

from __future__ import annotations

import argparse
import json
import textwrap

import pandas as pd

from aibaro.cli._terminal import add_format, folded, to_width, write_frame
from aibaro.errors import InputError
from aibaro.published import PublishedSurvey, open_survey, printed_table, table_cells, table_numbers


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("survey", metavar="SURVEY", help="id of a bundled survey ('aibaro list'), or a folder")
    parser.add_argument("--table", metavar="N", help="print this table as it was printed")
    parser.add_argument("--json", action="store_true", help="print records; without --table the whole survey")
    add_format(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print a survey's summary or one of its tables."""
    if arguments.table is None and arguments.format != "table":
        raise InputError(
            "a whole survey has no such form",
            where="aibaro show",
            parameter="--format",
            expected="--table N beside it, or --json",
            got=arguments.format,
        )
    survey = open_survey(arguments.survey)
    if arguments.json:
        records = (
            survey.to_dict() if arguments.table is None else table_cells(survey, arguments.table).to_dict("records")
        )
        print(json.dumps(records, ensure_ascii=False, indent=2))
    elif arguments.table is None:
        print(folded(survey.summary()))
        print(folded(_tables(survey)))
    elif arguments.format != "table":
        print(write_frame(table_cells(survey, arguments.table), arguments.format))
    else:
        table = printed_table(survey, arguments.table)
        print(f"{survey.title}, Table {arguments.table}, as printed")
        for location, text in _notes(survey, arguments.table):
            print(f"  {location}: {text}")
        print(to_width(_render(table), table.rename_axis("").reset_index(), wide=arguments.wide))
    return 0


def _tables(survey: PublishedSurvey) -> str:
    numbers = table_numbers(survey)
    sizes = [f"{number} ({'×'.join(map(str, printed_table(survey, number).shape))})" for number in numbers]
    return f"  tables (rows×columns): {', '.join(sizes) if sizes else 'none with values in print'}"


def _notes(survey: PublishedSurvey, number: str) -> list[tuple[str, str]]:
    """Printings of the caption of a table, such as its base."""
    rows = survey.printed.loc[survey.printed["location"] == f"Table {number}, caption"]
    return [("caption", f"{item} = {text}") for item, text in zip(rows["item"], rows["printed"], strict=True)]


def _render(table: pd.DataFrame) -> str:
    """Write a table with headings folded at spaces, so that columns stay as narrow as their cells."""
    names = [str(name) for name in table.index]
    widths = [max(len(part) for part in [*name.split(), *table[name]]) for name in table.columns]
    folded = [textwrap.wrap(str(name), width) for name, width in zip(table.columns, widths, strict=True)]
    height, stub = max(map(len, folded)), max(map(len, names))
    lines = []
    for i in range(height):
        parts = [rows[i - height + len(rows)] if i >= height - len(rows) else "" for rows in folded]
        lines.append("  ".join(["".ljust(stub), *(p.rjust(w) for p, w in zip(parts, widths, strict=True))]).rstrip())
    for name, cells in zip(names, table.itertuples(index=False), strict=True):
        parts = [str(cell).rjust(width) for cell, width in zip(cells, widths, strict=True)]
        lines.append("  ".join([name.ljust(stub), *parts]).rstrip())
    return "\n".join(lines)
