"""``aibaro check``: everything that the files of a survey of one's own allow."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from aibaro.cli._terminal import say
from aibaro.cli._workers import workers
from aibaro.cli.pipeline import drifts, jointly, judge, study, summary, write_all
from aibaro.consistency.check import Check
from aibaro.files import write_text_atomic
from aibaro.ledger import conflict_checks
from aibaro.ledger.export import csv_text, ledger_json
from aibaro.published import PublishedSurvey, read


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("path", metavar="PATH", help="folder of the survey ('aibaro init PATH' makes one)")
    parser.add_argument("--out", default="out", metavar="DIR", help="folder for the files (default: out)")
    parser.add_argument("--lang", choices=("en", "nl"), default="en", help="language of the report (default: en)")
    parser.add_argument("--xlsx", action="store_true", help="write all tables as a workbook too (extra 'excel')")
    parser.add_argument("--json", action="store_true", help="print the ledger as JSON instead of a summary")


def run(arguments: argparse.Namespace) -> int:
    """Check a survey and write the same files as ``aibaro replicate``."""
    surveys = [read(arguments.path)]
    for note in surveys[0].notes:
        say(f"{note} ('aibaro init {arguments.path} --upgrade' does it)")
    with workers() as executor:
        studies = executor.map(study, surveys)
        joint, conflicts, clash, more = _jointly(surveys[0], Path(arguments.out))
        ledgers = judge(surveys, conflicts=conflicts)
        files = write_all(
            ledgers, list(studies), Path(arguments.out), arguments.lang, executor, workbook=arguments.xlsx
        )
    say(f"{len(files) + len(more)} files written to {arguments.out}")
    changed = drifts(ledgers, ["*"])
    print(ledger_json(ledgers).rstrip() if arguments.json else summary(ledgers, changed))
    if not arguments.json:
        print(joint)
    ledger = ledgers[0]
    faulty = ledger.counts()["inconsistent"] + ledger.claim_counts()["as_printed"]["contradicted"]
    return 1 if changed or faulty or clash else 0


def _jointly(survey: PublishedSurvey, out: Path) -> tuple[str, Mapping[str, Check], bool, tuple[Path, ...]]:
    """Ask whether the printed percentages of each item can hold together; give words, checks, conflict and files."""
    from aibaro.reconstruct import check_frame, check_summary

    say("asking whether the printed percentages of each item can hold together")
    found = jointly(survey)
    if not found:
        text = f"{survey.name}: no weighted percentages with printed strata, so none are checked jointly"
        return text, {}, False, ()
    path = write_text_atomic(out / "attainability.csv", csv_text(check_frame(found)))
    clash = any(one.verdict == "conflict" for one in found)
    return "\n" + check_summary(found, survey), conflict_checks(survey, found), clash, (path,)
