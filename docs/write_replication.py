"""Rewrite the replication page from the pinned verdicts: each part of each document against its command.

Run it from the root of the checkout after verdicts were pinned anew; a test compares the page with the pins.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import pandas as pd

from aibaro.messages import message
from aibaro.published import catalogue, load
from aibaro.published.vocabulary import CLAIM_VERDICTS, NUMBER_VERDICTS, POPULATION_VERDICTS, REASONS

PAGE = Path(__file__).resolve().parent / "replication.md"
INTRODUCTION = """# Replication

```{index} !replication, !replicate, !replicatie, !reproduce, !reproduceren, !ai-barometer
```

Every table, figure and in-text number of the five documents, against the command that checks it. The command prints the
verdict counts of that part; `aibaro explain ID` prints the whole argument of one number; `aibaro replicate` runs
everything and exits with 1 when a verdict differs from the pinned one in `data/<survey>/verdicts.csv`.

The page counts pinned verdicts and is rewritten from them by `docs/write_replication.py`.

## Run time and hardware

| what | command | time | processor time | memory |
|---|---|---:|---:|---:|
| everything: five surveys, ledgers, report, figures | `make replicate` or `aibaro replicate` | 20 s | 36 s | 0.4 GB |
| one small survey | `aibaro replicate topdesk-2025` | 5 s | 5 s | 0.2 GB |
| one number | `aibaro explain ID` | 1 s | 1 s | 0.2 GB |

Measured on a virtual machine with two cores of an AMD EPYC, Python 3.11, Linux, with nothing else
running; the work is spread over both cores. No network, no special hardware and no random number is involved:
the files come out the same each time. Recomputing the shipped bounds from nothing (`make bounds`) takes about an
hour; what `aibaro replicate` does is prove each of them again from its witnesses.

Everything is open: Python and its packages as pinned in `constraints.txt`, data in `data/`, code under a BSD licence.
The documents themselves are cited, not shipped.
"""


def numbers(name: str) -> pd.DataFrame:
    """Printings of a survey with their pinned verdict and the part of the document that they stand in."""
    survey = load(name)
    frame = survey.printed.merge(survey.verdicts, on="id", how="left", validate="one_to_one")
    frame["part"] = frame["location"].str.split(",").str[0]
    frame["reason"] = frame["reason"].fillna("")
    return frame


def needed(reason: str) -> str:
    """What would have to be published."""
    return message(f"ledger.needed_{reason}").text()


def pattern(ids: list[str], others: list[str]) -> str:
    """Shortest pattern that takes these ids and no other, or nothing where the ids share no beginning of their own."""
    first = ids[0].split(".")
    for length in range(2, len(first) + 1):
        stem = ".".join(first[:length])
        found = stem if len(ids) == 1 and ids[0] == stem else f"{stem}.*"
        if all(fnmatchcase(i, found) for i in ids) and not any(fnmatchcase(i, found) for i in others):
            return found
    return ""


def chapter(name: str) -> list[str]:
    """The table of one survey: a row a part of the document."""
    frame = numbers(name)
    lines = [
        f"## {load(name).title}",
        "",
        "| part | numbers | " + " | ".join(v.replace("_", " ") for v in NUMBER_VERDICTS) + " | command |",
        "|---|---:|" + "---:|" * len(NUMBER_VERDICTS) + "---|",
    ]
    for part, rows in frame.groupby("part", sort=False):
        taken = pattern(rows["id"].tolist(), frame.loc[frame["part"] != part, "id"].tolist())
        command = f"`aibaro replicate {name}" + (f" --only '{taken}'`" if taken else "`")
        counts = " | ".join(str(int((rows["verdict"] == verdict).sum())) for verdict in NUMBER_VERDICTS)
        lines.append(f"| {part} | {len(rows)} | {counts} | {command} |")
    total = " | ".join(str(int((frame["verdict"] == verdict).sum())) for verdict in NUMBER_VERDICTS)
    return [*lines, f"| **all** | {len(frame)} | {total} | `aibaro replicate {name}` |", ""]


def reasons(names: list[str]) -> list[str]:
    """What keeps numbers from being checked, and what would have to be published."""
    frame = pd.concat([numbers(name).assign(survey=name) for name in names])
    open_rows = frame[frame["verdict"] == "not_checkable"]
    lines = [
        "## Not checkable, and what would have to be published",
        "",
        "| reason | " + " | ".join(f"`{n}`" for n in names) + " | would have to be published |",
        "|---|" + "---:|" * len(names) + "---|",
    ]
    for reason in REASONS:
        counts = [int(((open_rows["survey"] == n) & (open_rows["reason"] == reason)).sum()) for n in names]
        if sum(counts):
            lines.append(f"| `{reason}` | " + " | ".join(map(str, counts)) + f" | {needed(reason)} |")
    return [*lines, ""]


def claims(names: list[str]) -> list[str]:
    """Both verdicts of the claims, and why some cannot be checked."""
    rows = []
    for name in names:
        survey = load(name)
        frame = survey.claims[["id"]].merge(survey.verdicts, on="id", how="left", validate="one_to_one")
        both = frame["verdict"].str.split("; ", expand=True)
        rows.append(frame.assign(survey=name, printed=both[0], population=both[1], reason=frame["reason"].fillna("")))
    table = pd.concat(rows)
    head = "| verdict | " + " | ".join(f"`{name}`" for name in names) + " |"
    rule = "|---|" + "---:|" * len(names)
    lines = [
        "## Claims",
        "",
        "What the documents assert in words, judged on the printed figures and, apart from that,",
        "in the population (95%, Holm within the family that `comparisons.csv` declares).",
        "",
    ]
    sides = (("printed", CLAIM_VERDICTS, "as printed"), ("population", POPULATION_VERDICTS, "in the population"))
    for column, words, title in sides:
        lines += [head.replace("verdict", title, 1), rule]
        for word in words:
            counts = [int(((table["survey"] == n) & (table[column] == word)).sum()) for n in names]
            lines.append(f"| {word.replace('_', ' ')} | " + " | ".join(map(str, counts)) + " |")
        lines.append("")
    open_rows = table[table["printed"] == "not_checkable"]
    last = head.replace("verdict", "not checkable as printed", 1)[:-1]
    lines += [f"{last}| would have to be published |", f"{rule}---|"]
    for reason in REASONS:
        counts = [int(((open_rows["survey"] == n) & (open_rows["reason"] == reason)).sum()) for n in names]
        if sum(counts):
            lines.append(f"| `{reason}` | " + " | ".join(map(str, counts)) + f" | {needed(reason)} |")
    return [
        *lines,
        "",
        "A claim that is checkable as printed and not in the population lacks the size, the precision",
        "or the sampling of a figure: `aibaro explain ID` names it.",
        "",
    ]


def page() -> str:
    """The whole page."""
    names = catalogue()["name"].tolist()
    body = [line for name in names for line in chapter(name)]
    return "\n".join([INTRODUCTION, *body, *reasons(names), *claims(names)]).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
