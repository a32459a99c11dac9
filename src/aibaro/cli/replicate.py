"""``aibaro replicate``: re-analyse the bundled surveys and write ledger, report and figures."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from aibaro.cli._options import add_language, add_output, keep_apart, require
from aibaro.cli._pipeline import DRAWING, begun, drifts, summary, write_all
from aibaro.cli._terminal import progress, say
from aibaro.cli._workers import Counted, workers
from aibaro.errors import InputError
from aibaro.ledger import Ledger, build_ledger, ledger_json, pin, write_ledgers
from aibaro.messages import LANGUAGES, message
from aibaro.published import load
from aibaro.published.bundled import bundled_names
from aibaro.study import PARTS, Study


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("survey", nargs="*", metavar="SURVEY", help="ids of bundled surveys; by default all")
    add_output(parser, "folder for the files", default="out")
    add_language(parser)
    parser.add_argument(
        "--only",
        action="append",
        metavar="GLOB",
        help="judge only ids that match, such as 'fl23.t3.*'; writes no report",
    )
    parser.add_argument("--update", action="store_true", help="pin the verdicts found (data/<survey>/verdicts.csv)")
    parser.add_argument("--xlsx", action="store_true", help="write all tables as a workbook too (extra 'excel')")
    parser.add_argument("--json", action="store_true", help="print the ledger as JSON instead of a summary")


def run(arguments: argparse.Namespace) -> int:
    """Re-analyse surveys."""
    only = arguments.only or ["*"]
    if arguments.update and arguments.only:
        raise InputError(
            "verdicts are pinned as a whole", parameter="--update", expected="--update without --only", got="both"
        )
    keep_apart(arguments.out, command="replicate")
    if arguments.xlsx:
        require("xlsxwriter", where="--xlsx")
    surveys = [load(name) for name in dict.fromkeys(arguments.survey or bundled_names())]
    if arguments.only:
        return _tell(arguments, [build_ledger(survey, only=only) for survey in surveys], only)
    total = len(surveys) * (2 + len(PARTS) + DRAWING * len(LANGUAGES))
    with workers() as pool, progress("re-analysing", total) as step:
        studies = begun(surveys, Counted(pool, step), arguments.lang)
        step(1)  # the ledger of the largest survey is built in this process
        ledgers = [study.ledger for study in studies]
        for ledger in ledgers if arguments.update else ():
            say(f"pinned: {pin(ledger).name} of {ledger.name}")
        files = [*write_ledgers(ledgers, arguments.out)]
        files += write_all(
            studies, Path(arguments.out), arguments.lang, Counted(pool, step, DRAWING), workbook=arguments.xlsx
        )
    say(message("summary.written", count=len(files), folder=arguments.out).text(arguments.lang))
    return _tell(arguments, ledgers, only, studies)


def _tell(
    arguments: argparse.Namespace, ledgers: Sequence[Ledger], only: Sequence[str], studies: Sequence[Study] = ()
) -> int:
    """Print summary or JSON and the drift; 1 when there is any."""
    if not any(ledger.entries or ledger.claims for ledger in ledgers):
        raise InputError(
            "nothing has such an id",
            where="aibaro replicate",
            parameter="--only",
            expected="globs over the ids of ledger.csv",
            got=", ".join(only),
        )
    changed = () if arguments.update else drifts(ledgers, only)
    print(ledger_json(ledgers).rstrip() if arguments.json else summary(ledgers, changed, arguments.lang, studies))
    if studies and not arguments.json:
        page = Path(arguments.out) / "report.html"
        print("\n" + message("summary.next_page", page=str(page)).text(arguments.lang))
    if arguments.json and changed:
        say("\n".join(map(str, changed)))
    return 1 if changed else 0
