"""``aibaro explain``: the whole argument for one printed number, fact or claim."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from aibaro.cli._options import add_language, at_least_one
from aibaro.cli._terminal import folded
from aibaro.errors import InputError
from aibaro.facts import facts_of
from aibaro.messages import Message, message
from aibaro.published import open_survey, unknown_id
from aibaro.published.bundled import carriers

if TYPE_CHECKING:
    from aibaro.study import Study


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("id", metavar="ID", help="id of a number or claim (ledger.csv), or a fact: all its printings")
    parser.add_argument(
        "--survey",
        metavar="SURVEY",
        help="id of a bundled survey or a folder; by default the one that has the id",
    )
    parser.add_argument(
        "--typical",
        action="store_true",
        help="say too in how many drawn tables of counts a claim that depends on them is established, or how the"
        " standard error of a printed share varies over them",
    )
    parser.add_argument(
        "--by", metavar="VARIABLE", default="", help="with --typical: the share in each level of a stratum variable too"
    )
    parser.add_argument("--draws", type=at_least_one, default=100, metavar="N", help="tables to draw (default: 100)")
    parser.add_argument(
        "--steps", type=at_least_one, default=200, metavar="N", help="steps of each chain (default: 200)"
    )
    parser.add_argument(
        "--measure",
        choices=("answers", "tables"),
        default="answers",
        help="what is equally likely: sets of answers of the respondents (default), or tables of counts",
    )
    add_language(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print an argument; a wrong id is answered before anything is computed."""
    if arguments.by and not arguments.typical:
        raise InputError(
            "levels are shown of drawn tables alone", parameter="--by", expected="with --typical", got=arguments.by
        )
    asked = [arguments.survey] if arguments.survey else carriers(arguments.id)
    found = [facts_of(open_survey(name)) for name in asked]
    own = next((facts for facts in found if arguments.id in facts.names), None)
    if own is None:
        raise unknown_id(arguments.id, (name for facts in found for name in facts.names))
    # solvers are loaded only when there is something to explain
    from aibaro.study import Study

    study = Study(own.survey)
    print(folded(study.explain(arguments.id, arguments.lang)))
    if arguments.typical:
        for place, line in enumerate(_typical(study, arguments)):
            text = line.text(arguments.lang)
            print(f"    {text}" if place else "  " + message("explain.typical", words=line).text(arguments.lang))
    return 0


def _typical(study: Study, arguments: argparse.Namespace) -> tuple[Message, ...]:
    """How a claim, or the standard error of a number, fares over drawn tables."""
    from aibaro.cli._rows import told_as
    from aibaro.study import typical, typical_error

    how = {"draws": arguments.draws, "measure": arguments.measure, "steps": arguments.steps}
    with told_as("explain", claim="ID", draws="--draws", measure="--measure", steps="--steps"):
        if any(claim.id == arguments.id for claim in study.declared_claims):
            if arguments.by:
                raise InputError(
                    "a claim has no levels", parameter="--by", expected="with the id of a number", got=arguments.by
                )
            return (typical(study, arguments.id, **how).line,)
        return typical_error(study, arguments.id, by=arguments.by, **how).lines
