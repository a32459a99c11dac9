"""``aibaro init``: the templates of a survey of one's own."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from aibaro.compare.declarations import COLUMNS, FILE
from aibaro.errors import InputError
from aibaro.files import write_text_atomic
from aibaro.published.schema import TABLES

README = """# A published survey of your own

Fill in the files below, then run

    aibaro check {folder}

Only `strata.csv` and the columns `id, item, base, domain, level, printed` of `printed.csv` are needed; each further
file allows more checks. Delete the example rows. Write numbers exactly as they were printed, one row for each place
where a number stands.

| file | one row is |
|---|---|
| `strata.csv` | a stratum: its variables, `population`, `sample` (where published), `respondents` |
| `printed.csv` | one printing of a number; `domain` and `level` name the group it is about, empty for all |
| `items.csv` | an item asked |
| `levels.csv` | a level of a domain |
| `bases.csv` | a set of respondents that figures refer to: `users, all, any(use.a use.b), 12` |
| `relations.csv` | how items hang together: `exhaustive` (parts add up to the whole), `union`, `subset`, `mixture` |
| `claims.csv` | a statement and the rule that decides it; sections of inputs are parted by ` / ` |
| `ignored.csv` | a number of the source that is no statement |
| `comparisons.csv` | optional: a family of comparisons or claims, or a size that print leaves out |

`aibaro check` writes `ledger.csv` (each number with its verdict), `claim_verdicts.csv`, `ledger.json` and
`report.html`; where strata are given also `differences.csv` and `attainability.csv` (can the percentages of each item
hold together?). `aibaro explain ID --survey {folder}` prints the argument for one number.

A claim of kind `greater` or `majority` gets a second verdict, in the population, from strata or from printed sizes.
Without rows in `comparisons.csv` every pair of levels and of items that strata allow is one family of tests.
"""

EXAMPLES: dict[str, list[list[str]]] = {
    "strata": [
        ["size", "population", "sample", "respondents"],
        ["small", "900", "90", "40"],
        ["large", "100", "50", "30"],
    ],
    "items": [
        ["use", "indicator", "uses it", "gebruikt het"],
        ["no_use", "indicator", "does not use it", "gebruikt het niet"],
    ],
    "levels": [["size", "small", "1", "small", "klein"], ["size", "large", "2", "large", "groot"]],
    "bases": [["all", "", "all", "70"]],
    "relations": [["exhaustive", "use no_use", "@all"]],
    "claims": [["my.c1", "Summary", "most firms do without it", "majority", "majority", "no_use", ""]],
    "ignored": [],
    "printed": [
        ["my.use", "use", "all", "", "", "14,0%"],
        ["my.no_use", "no_use", "all", "", "", "86,0%"],
        ["my.use.small", "use", "all", "size", "small", "10,0%"],
        ["my.use.large", "use", "all", "size", "large", "50,0%"],
    ],
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("path", metavar="PATH", help="folder to make; it must not hold files of these names yet")


def templates(folder: str) -> dict[str, str]:
    """Give the files of a new survey."""
    files = {"README.md": README.format(folder=folder)}
    for name, table in TABLES.items():
        if name == "verdicts":
            continue
        rows = EXAMPLES[name]
        if name == "strata":
            header, rows = rows[0], rows[1:]
        elif name == "printed":
            header = ["id", "item", "base", "domain", "level", "printed"]
        else:
            header = list(table.columns)
        lines = [",".join(f'"{cell}"' if "," in cell else cell for cell in row) for row in [header, *rows]]
        files[table.file] = "\n".join(lines) + "\n"
    files[FILE] = ",".join(COLUMNS) + "\n"
    descriptor = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "my-survey",
        "title": "A survey of my own",
        "sources": [{"title": "Full citation of the publication"}],
        "contributors": [{"title": "Publisher", "roles": ["publisher"]}],
        "aibaro": {"prefix": "my", "rounding": "half_up", "wave": "", "decimal_mark": ","},
        "resources": [{"name": name, "path": table.file} for name, table in TABLES.items() if name != "verdicts"]
        + [{"name": "comparisons", "path": FILE}],
    }
    files["datapackage.json"] = json.dumps(descriptor, ensure_ascii=False, indent=2) + "\n"
    return files


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
