"""``aibaro list``: which surveys are bundled?"""

from __future__ import annotations

import argparse
import json

from aibaro.cli._terminal import add_format, folded, write_frame
from aibaro.published import catalogue


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="print a list of records")
    add_format(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the bundled surveys."""
    surveys = catalogue()
    if arguments.json:
        print(json.dumps(surveys.to_dict(orient="records"), ensure_ascii=False, indent=2))
        return 0
    if arguments.format != "table":
        print(write_frame(surveys, arguments.format))
        return 0
    width = max(map(len, surveys["name"]))
    for survey in surveys.to_dict(orient="records"):
        size = f"{survey['printings']} printings of {survey['facts']} facts"
        strata = f", {survey['strata']} strata" if survey["strata"] else ""
        line = f"{survey['name']:<{width}}  {survey['title']} ({size}{strata})"
        print(line if arguments.wide else folded(line))
    return 0
