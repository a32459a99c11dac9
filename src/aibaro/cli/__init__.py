"""The command line: one module a command, loaded only when it is called."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from aibaro.errors import AibaroError, InputError

# command -> one line of help; the module of the same name has configure(parser) and run(arguments) -> exit code
COMMANDS: dict[str, str] = {
    "bounds": "bound the standard errors behind the printed percentages",
    "list": "list the bundled surveys",
    "show": "print the tables of a survey",
    "reread": "compare a source text with its transcription",
    "replicate": "re-analyse the bundled surveys and write the report",
    "compare": "compare groups, domains, waves and ranks of a survey",
    "explain": "print the whole argument for one number or claim",
    "grim": "check whether percentages can come from so many answers",
    "check": "check a survey of your own and write the same report",
    "init": "write the templates of a survey of your own",
    "lesson": "copy a lesson on survey weighting and its data",
    "plot": "draw one figure of a survey as SVG, PNG or PDF",
    "estimate": "estimate from respondents' rows: means, shares, totals, ratios, quantiles",
    "weights": "weight respondents' rows: poststratify, rake, calibrate, trim",
    "synthesize": "draw synthetic respondents that the printed figures allow",
}


class _Parser(argparse.ArgumentParser):
    """An argument parser whose faults take the form of every other error."""

    def error(self, message: str) -> NoReturn:
        raise InputError(
            message,
            where=self.prog,
            expected=self.format_usage().removeprefix("usage: ").strip(),
            hint=f"see '{self.prog} --help'",
        )


def _overview() -> str:
    width = max(map(len, COMMANDS))
    rows = [f"  {name:<{width}}  {text}" for name, text in sorted(COMMANDS.items())]
    return "\n".join(
        [
            "usage: aibaro COMMAND ...",
            "",
            "Re-analysis of published surveys.",
            "",
            *rows,
            "",
            "'aibaro COMMAND --help' tells more; 'aibaro --version' prints the version.",
        ]
    )


def _dispatch(arguments: Sequence[str]) -> int:
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(_overview())
        return 0 if arguments else 2
    name, *rest = arguments
    if name == "--version":
        from aibaro import __version__

        print(f"aibaro {__version__}")
        return 0
    if name not in COMMANDS:
        raise InputError(
            "unknown command", where="aibaro", parameter="COMMAND", expected=", ".join(sorted(COMMANDS)), got=name
        )
    module = import_module(f"aibaro.cli.{name.replace('-', '_')}")
    parser = _Parser(prog=f"aibaro {name}", description=COMMANDS[name])
    module.configure(parser)
    result: int = module.run(parser.parse_args(rest))
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Examples
    --------
    >>> main(["--version"])
    aibaro 0.1.0
    0
    """
    try:
        return _dispatch(sys.argv[1:] if arguments is None else arguments)
    except AibaroError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # a reader such as head closed the pipe: not an error of ours
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
