"""``aibaro explain``: the whole argument for one printed number or claim."""

from __future__ import annotations

import argparse

from aibaro.cli.pipeline import jointly
from aibaro.ledger import Ledger, build_ledger, conflict_checks, explain_id
from aibaro.published import PublishedSurvey, load, open_survey
from aibaro.published.paths import bundled_names


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("id", metavar="ID", help="id of a number or claim (ledger.csv), or a fact")
    parser.add_argument(
        "--survey",
        metavar="SURVEY",
        help="id of a bundled survey or a folder; by default the one whose prefix the id has",
    )


def _ids(survey: PublishedSurvey, name: str) -> list[str]:
    """Ids that are meant: one number or claim, or every printing of a fact; all when nothing answers to the name."""
    known = {*survey.printed["id"], *survey.claims["id"]}
    printings = [str(i) for i in survey.printed.loc[survey.printed["fact"] == name, "id"]]
    return [name] if name in known else printings or [name]


def run(arguments: argparse.Namespace) -> int:
    """Print an argument."""
    if arguments.survey:
        surveys = [open_survey(arguments.survey)]
    else:
        every = [load(name) for name in bundled_names()]
        named = [survey for survey in every if survey.prefix and arguments.id.startswith(f"{survey.prefix}.")]
        surveys = named or every
    print(explain_id((_ledger(survey, arguments.id) for survey in surveys), arguments.id))
    return 0


def _ledger(survey: PublishedSurvey, name: str) -> Ledger:
    """Judge what is meant, with the other figures of its item; all, for near names, when nothing has the name."""
    ids = _ids(survey, name)
    found = [] if ids == ["*"] else jointly(survey, ids)
    return build_ledger(survey, only=ids, conflicts=conflict_checks(survey, found))
