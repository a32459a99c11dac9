"""``aibaro explain``: the whole argument for one printed number, fact or claim."""

from __future__ import annotations

import argparse

from aibaro.cli._options import add_language
from aibaro.facts import facts_of
from aibaro.published import open_survey, unknown_id
from aibaro.published._ids import carriers


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
    asked = [arguments.survey] if arguments.survey else carriers(arguments.id)
    found = [facts_of(open_survey(name)) for name in asked]
    own = next((facts for facts in found if arguments.id in facts.names), None)
    if own is None:
        raise unknown_id(arguments.id, (name for facts in found for name in facts.names))
    # solvers are loaded only when there is something to explain
    from aibaro.study import Study

    print(Study(own.survey).explain(arguments.id, arguments.lang))
    return 0
