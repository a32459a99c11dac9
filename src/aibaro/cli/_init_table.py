"""The folder of a survey from a table that somebody made, with proposed relations."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from aibaro.cli._terminal import progress
from aibaro.consistency import Proposal, propose
from aibaro.errors import InputError
from aibaro.files import read_source as read_file
from aibaro.files import read_stream, write_text_atomic
from aibaro.published import PublishedSurvey, printed_sheet, read
from aibaro.published.cell_text import meanings
from aibaro.published.grids import Grid, address, read_grids
from aibaro.published.pdf import Candidate, PdfReading, read_pdf
from aibaro.published.wide import RESPONDENTS, WideTable, read_wide, slug
from aibaro.published.wide_folder import decimal_mark, number_cells, wide_files

README = """# {title}

Read from {source}. `printed.csv` holds every number with its cell; `relations.csv` holds what the numbers suggest, as
proposals, which bind nothing before they are accepted.

1. `aibaro accept {folder}` lists the proposals with their evidence; accept those that hold by the meaning of the rows
   (`aibaro accept {folder} 1 2`, or `--all`), remove the others (`--reject 3`).
2. Fill in `datapackage.json`: citation, publisher, and how answers are weighted (`"weighting"`).
3. `aibaro check {folder}` judges every number and writes the report.
"""


# a person confirms a number by naming its item; accept --candidates then enters it in printed.csv
CANDIDATE_COLUMNS = ("page", "line", "number", "words", "location", "status", "item", "base", "domain", "level")
ENTERED = "in printed.csv"


def read_source(path: str, parameter: str) -> bytes:
    """Bytes of a file, or of what is pasted to standard input."""
    try:
        return read_stream(sys.stdin.buffer, "standard input") if path == "-" else read_file(path)
    except OSError as error:
        raise InputError(
            "the table cannot be read",
            where="aibaro init",
            parameter=parameter,
            expected="an xlsx, CSV, TSV, HTML, PDF or text file, or - for pasted text",
            got=f"{path}: {error.strerror}",
        ) from error


def table_folder(
    path: str, folder: Path, *, sheets: Sequence[str] = (), mark: str = "", language: str = ""
) -> tuple[dict[str, str], WideTable, tuple[Proposal, ...]]:
    """Files of a survey that is read from a table; nothing is written."""
    stored = "," if language in {"nl", "de", "fr", "es"} else "."
    content = read_source(path, "--table")
    grids = read_grids(
        path, content, sheets=sheets, mark=lambda texts: decimal_mark(texts, mark, stored=stored, where=path)
    )
    name = Path(path).name if path != "-" else "pasted text"
    return grid_folder(grids, folder, source=name, mark=mark, language=language)


def _called(folder: Path) -> str:
    """The name of a folder, also where its path ends in dots or in a loop of links."""
    return os.path.basename(os.path.realpath(folder))


def pdf_folder(
    path: str, folder: Path, *, mark: str = "", language: str = ""
) -> tuple[dict[str, str], WideTable, tuple[Proposal, ...], PdfReading]:
    """Files of a survey that is read from a PDF: its tables, and every number as a candidate."""
    with progress("reading", 100) as step:
        reading = read_pdf(read_source(path, "--pdf"), where=path, progress=lambda _, pages: step(100 / pages))
    source = Path(path).name if path != "-" else "pasted text"
    table, proposals = WideTable(), tuple[Proposal, ...]()
    if any(read_wide([grid]).numbers for grid in reading.grids):
        files, table, proposals = grid_folder(reading.grids, folder, source=source, mark=mark, language=language)
    else:
        name = slug(_called(folder))
        texts = [candidate.number for candidate in reading.candidates]
        decimal = mark or _mark_if_plain(texts)
        files = wide_files(table, name=name, title=_called(folder), mark=decimal, language=language)
        del files["items.csv"]
        files["README.md"] = README.format(title=_called(folder), source=source, folder=folder)
    files["candidates.csv"] = candidates_csv(reading.candidates, {number.location for number in table.numbers})
    return with_resources(files), table, proposals, reading


def _mark_if_plain(texts: Sequence[str]) -> str:
    try:
        return decimal_mark(texts)
    except InputError:
        return "."  # nothing is read as a value yet; check asks when numbers are entered


def candidates_csv(candidates: Sequence[Candidate], read_cells: set[str]) -> str:
    """Text of ``candidates.csv``: every number with its place, for a person to confirm."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(CANDIDATE_COLUMNS)
    for found in candidates:
        status = ENTERED if found.location in read_cells else ""
        writer.writerow([found.page, found.line, found.number, found.words, found.location, status, "", "", "", ""])
    return buffer.getvalue()


def said_of_pdf(reading: PdfReading, table: WideTable) -> str:
    """What of a PDF was read and what was not."""
    cells = {number.location for number in table.numbers}
    rest = [found for found in reading.candidates if found.location not in cells]
    lines = [
        f"  {len(reading.candidates)} numbers with page, line and words in candidates.csv; "
        f"{len(rest)} of them stand in no table that was read",
        "  those that you name an item for there are entered by 'aibaro accept DIR --candidates'",
    ]
    if reading.read_on:
        lines += ["  please compare with the pages:", *(f"    {text}" for text in reading.read_on[:20])]
    if reading.not_read:
        lines += ["  not read:", *(f"    {text}" for text in reading.not_read[:20])]
    return "\n".join(lines)


def grid_folder(
    grids: Sequence[Grid], folder: Path, *, source: str, mark: str = "", language: str = ""
) -> tuple[dict[str, str], WideTable, tuple[Proposal, ...]]:
    """Files of a survey whose tables are grids already."""
    table = read_wide(grids)
    if not table.numbers:
        raise InputError(
            "no table of numbers was found",
            where=source,
            parameter="--table",
            expected="labels on the left, headers above, numbers between",
            got=", ".join(grid.name for grid in grids),
        )
    texts = [text for grid in grids for text in grid.cells.values()]
    counted = {
        w: [n.printed for n in table.numbers if n.item == RESPONDENTS and n.weighted == w] for w in ("", "no", "yes")
    }
    # sums of weights may have decimals, but not beside sums that have none
    whole = any(text.isdigit() for text in counted["yes"])
    sizes = [*counted[""], *counted["no"], *(counted["yes"] if whole else ())]
    decimal = decimal_mark(texts, mark, sizes=sizes, where=source)
    name = slug(_called(folder))
    title = table.title or _called(folder)
    files = wide_files(table, name=name, title=title, mark=decimal, language=language)
    files["README.md"] = README.format(title=title, source=source, folder=folder)
    with tempfile.TemporaryDirectory() as temporary:
        draft = Path(temporary) / name
        draft.mkdir()
        for file, text in files.items():
            write_text_atomic(draft / file, text)
        survey = read(draft)
        _hold_against(grids, table, survey)
        proposals = propose(survey, table.depths)
        if proposals:
            files["relations.csv"] = relations_csv([proposal.row() for proposal in proposals])
            write_text_atomic(draft / "relations.csv", files["relations.csv"])
            read(draft)
    return with_resources(files), table, proposals


def with_resources(files: dict[str, str]) -> dict[str, str]:
    """Declare the files in the descriptor; without checksums, as a person goes on to edit them."""
    descriptor = json.loads(files["datapackage.json"])
    paths = [name for name in files if name.endswith(".csv")]
    descriptor["resources"] = [{"name": path.removesuffix(".csv"), "path": path} for path in paths]
    return {**files, "datapackage.json": json.dumps(descriptor, ensure_ascii=False, indent=2) + "\n"}


def _hold_against(grids: Sequence[Grid], table: WideTable, survey: PublishedSurvey) -> None:
    """Print every sheet again and hold it against the source: what is not read has to be listed."""
    read_cells = {number.location for number in table.numbers}
    known = {where for where, _ in [*table.unread, *table.empty, *table.enumerations]} | table.labelled
    for grid in grids:
        if not any(where.startswith(f"{grid.name}!") for where in read_cells):
            continue
        shown = printed_sheet(survey, grid.name)
        for (row, column), text in number_cells(grid).items():
            where = f"{grid.name}!{address(row, column)}"
            if where in read_cells and _plain(str(shown.iloc[row, column])) != _plain(text):
                raise InputError(
                    "a number does not read back as it stands in the table",
                    where=where,
                    expected=text,
                    got=str(shown.iloc[row, column]),
                    hint="take the cell out of the table and report it",
                )
            if where not in read_cells and where not in known:
                table.unread.append((where, text))


def _plain(text: str) -> str:
    return "".join(text.split())


def relations_csv(rows: Sequence[Mapping[str, str]]) -> str:
    """Text of ``relations.csv``."""
    buffer = io.StringIO()
    columns = ["kind", "parts", "whole", "status", "evidence"]
    writer = csv.DictWriter(buffer, columns, extrasaction="ignore", restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def said(folder: Path, files: Mapping[str, str], table: WideTable, proposals: Sequence[Proposal]) -> str:
    """What was read, what was not, and what comes next."""
    sheets = dict.fromkeys(number.location.rpartition("!")[0] for number in table.numbers)
    lines = [
        f"{_times(len(table.numbers) - len(table.empty), 'number')} of {_times(len(table.labels), 'row')} read from "
        f"{_times(len(sheets), 'sheet')} into {folder}",
        f"  files: {', '.join(files)}",
    ]
    lines += marks_said(table)
    lines += _listed("cells that are not read", table.unread)
    if table.questions:
        lines += ["  questions:", *(f"    {text}" for text in table.questions[:10])]
    if proposals:
        lines.append(f"  {_times(len(proposals), 'relation')} proposed; 'aibaro accept {folder}' lists them")
        misfits = [f"{p.whole}: {text}" for p in proposals for text in p.misfits]
        if misfits:
            lines += ["  columns that do not follow a proposal (questions, no verdicts):"]
            lines += [f"    {text}" for text in misfits[:10]]
            lines += [f"    ... and {len(misfits) - 10} more"] if len(misfits) > 10 else []
    lines.append(f"  next: aibaro accept {folder}, then aibaro check {folder}")
    return "\n".join(lines)


def _times(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def marks_said(table: WideTable) -> list[str]:
    """What marks in the place of numbers are taken for, each with the note that says so."""
    if not table.empty:
        return []
    lines = ["  marks in the place of numbers, each with its meaning in datapackage.json, aibaro.marks:"]
    unexplained = []
    for mark, meaning in meanings(table.marks, (text for _, text in table.empty)).items():
        times = sum(text == mark for _, text in table.empty)
        known = table.marks.get(mark)
        taken = f'"{meaning}"' if meaning else "no number"
        if known is None:
            unexplained.append(mark)
            lines.append(f"    {mark!r} ({_times(times, 'cell')}): no number, for no note says what it stands for")
        else:
            lines.append(f"    {mark!r} ({_times(times, 'cell')}): {taken}, as {known.where} says: {known.said[:70]}")
    if unexplained:
        lines.append(
            f'    if the publication explains a mark, write it there, such as "{unexplained[0]}": "<0.5" or '
            f'"{unexplained[0]}": "0"'
        )
    return lines


def _listed(title: str, cells: Sequence[tuple[str, str]]) -> list[str]:
    if not cells:
        return []
    shown = ", ".join(f"{where} {text!r}" for where, text in cells[:6])
    more = f", and {len(cells) - 6} more" if len(cells) > 6 else ""
    return [f"  {len(cells)} {title}: {shown}{more}"]
