"""``aibaro explain``: the whole argument for one printed number, fact or claim."""

from __future__ import annotations

import argparse

from aibaro.cli._options import add_language
from aibaro.ledger import unknown_id
from aibaro.published import load, open_survey
from aibaro.published.paths import bundled_names
from aibaro.study import Study


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("id", metavar="ID", help="id of a number or claim (ledger.csv), or a fact: all its printings")
    parser.add_argument(
        "--survey",
        metavar="SURVEY",
        help="id of a bundled survey or a folder; by default the one that has the id",
    )
    add_language(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print an argument; a wrong id is answered before anything is computed."""
    studies = [Study(open_survey(arguments.survey))] if arguments.survey else [Study(load(n)) for n in bundled_names()]
    known = []
    for study in studies:
        names = study.names()
        if arguments.id in names:
            print(study.explain(arguments.id, arguments.lang))
            return 0
        known += names
    raise unknown_id(arguments.id, known)
