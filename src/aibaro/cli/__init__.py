"""The command line: one module per command, loaded only when it is called."""

from __future__ import annotations

import argparse
import difflib
import errno
import os
import re
import shutil
import signal
import socket
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import FrameType
from typing import Any, NoReturn

from aibaro.cli._shown import Shown
from aibaro.errors import AibaroError, Fault, InputError

USAGE, INTERRUPTED = 2, 130


@dataclass(frozen=True, slots=True)
class Command:
    """A command as the help shows it.

    Parameters
    ----------
    group : str
        Heading in the overview.
    help : str
        One line about it.
    examples : tuple of str
        Command lines that work as they stand.
    """

    group: str
    help: str
    examples: tuple[str, ...]


PRINT, ROWS, LEARN = "from print: a published survey", "from rows: a survey of your own", "look and learn"
# command -> what the help says; the module of the same name has configure(parser) and run(arguments) -> exit code
COMMANDS: dict[str, Command] = {
    "replicate": Command(PRINT, "re-analyse the bundled surveys and write the report", ("aibaro replicate -o out",)),
    "init": Command(
        PRINT,
        "start a folder for a survey, from a table, a PDF or templates",
        (
            "aibaro init my-survey",
            "aibaro init my-survey --table tables.xlsx",
            "aibaro init my-survey --pdf report.pdf",
        ),
    ),
    "accept": Command(
        PRINT,
        "accept or remove the relations that init proposed",
        ("aibaro accept my-survey", "aibaro accept my-survey --all"),
    ),
    "check": Command(
        PRINT,
        "check a survey of your own and write the same report",
        ("aibaro check my-survey", "aibaro check my-survey -o out --no-figures", "aibaro check my-survey --json"),
    ),
    "explain": Command(
        PRINT,
        "print the whole argument for one number or claim",
        ("aibaro explain fl23.summary.process_automation", "aibaro explain my.t1.use --survey my-survey"),
    ),
    "find": Command(
        PRINT,
        "find numbers and claims by their words",
        ("aibaro find text analysis", "aibaro find vertrouwen --lang nl"),
    ),
    "compare": Command(
        PRINT,
        "compare groups, domains, waves and ranks of a survey",
        ("aibaro compare io-2023", "aibaro compare --adoption"),
    ),
    "bounds": Command(
        PRINT, "bound the standard errors behind the printed percentages", ("aibaro bounds flanders-2023",)
    ),
    "synthesize": Command(
        PRINT,
        "draw synthetic respondents that the printed figures allow",
        (
            "aibaro synthesize flanders-2023 --seed 1 -o synthetic.csv",
            "aibaro synthesize flanders-2023 --seed 1 --bound 'technology.nlg|sector=nace-10-33' --end upper",
        ),
    ),
    "grim": Command(
        PRINT,
        "check whether percentages, means, SDs and p values can be right",
        (
            "aibaro grim 42% --n 36",
            "aibaro grim 26% 51% 23% --n 104 --exhaustive",
            "aibaro grim 7.22 --n 32 --mean",
            "aibaro grim 3.44 --n 18 --mean --sd 2.47",
            "aibaro grim --file cases.csv",
            "aibaro grim --text article.txt",
        ),
    ),
    "reread": Command(PRINT, "compare a source text with its transcription", ("aibaro reread my-survey report.txt",)),
    "weights": Command(
        ROWS,
        "weight respondents' rows: poststratify, rake, calibrate, trim",
        ("aibaro weights rows.csv --rake margins.csv -o weighted.csv",),
    ),
    "estimate": Command(
        ROWS,
        "estimate means, shares, totals, ratios, quantiles",
        ("aibaro estimate rows.csv --weight w --stratum size --proportion uses_ai --by sector",),
    ),
    "table": Command(
        ROWS,
        "tabulate questions by a banner, with bases, intervals and letters",
        ("aibaro table survey.sav --weight w --rows q1,q2 --columns sex,region --letters -o tables.xlsx",),
    ),
    "model": Command(
        ROWS,
        "fit a regression with design-based standard errors",
        ('aibaro model survey.sav --weight w --formula "uses_ai ~ size + sector" --family binomial',),
    ),
    "plan": Command(
        ROWS,
        "spread the interviews of the next wave, or say how many are needed",
        (
            "aibaro plan flanders-2023 --n 3000 --by sector",
            "aibaro plan flanders-2023 --margin 3 --response 0.27 -o plan.csv",
        ),
    ),
    "list": Command(LEARN, "list the bundled surveys", ("aibaro list",)),
    "show": Command(LEARN, "print the tables of a survey", ("aibaro show flanders-2023 --table 3",)),
    "plot": Command(
        LEARN,
        "draw one figure of a survey as SVG, PNG or PDF",
        ("aibaro plot flanders-2023 adoption --item at_least_one --by sector -o adoption.svg",),
    ),
    "open": Command(LEARN, "open the report that a command wrote", ("aibaro open", "aibaro open out")),
    "lesson": Command(
        LEARN, "copy a lesson on survey weighting and its data", ("aibaro lesson", "aibaro lesson 1 --student")
    ),
}


# how wide help may be, whatever the terminal
_WIDTH = 80


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help in 80 columns, where argparse breaks no choice and no group of options."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=min(shutil.get_terminal_size((_WIDTH, 24)).columns, _WIDTH) - 2)

    def _format_usage(self, *arguments: Any) -> str:
        lines = super()._format_usage(*arguments).splitlines()
        return "\n".join(part for line in lines for part in self._broken(line)) + "\n"

    def _broken(self, line: str) -> list[str]:
        if len(line) <= self._width:
            return [line]
        indent = " " * (len(line) - len(line.lstrip()))
        inside = re.sub(r"[{][^}]*[}]", lambda choices: choices[0].replace(",", ", "), line)
        parts = textwrap.wrap(inside.strip(), self._width, initial_indent=indent, subsequent_indent=indent + " ")
        return [re.sub(r", (?=[a-z_]+[,}])", ",", part) for part in parts]


# what argparse refuses -> problem, what was expected, what was got
_REFUSED = (
    (r"invalid choice: '?(?P<got>.*?)'? \(choose from (?P<choices>.*)\)", "not one of the choices", "{choices}"),
    (r"invalid int value: '(?P<got>.*)'", "not a whole number", "a whole number"),
    (r"invalid float value: '(?P<got>.*)'", "not a number", "a number, with a point: 0.5"),
    (r"expected (one|at least one) argument", "a value is missing behind the option", "{metavar}"),
    (r"not allowed with argument (?P<got>.*)", "two options exclude each other", "one of them"),
)


class _Parser(argparse.ArgumentParser):
    """An argument parser whose faults take the form of every other error."""

    words: Sequence[str] = ()

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        # "list" is a command in this room
        self.words = tuple(args or ())
        self.exit_on_error = False
        try:
            parsed = super().parse_known_args(args, namespace)
        except argparse.ArgumentError as error:
            if error.argument_name is None:
                # of no single option; Python before 3.13 calls this itself
                self.error(error.message)
            self._refuse(error)
        finally:
            # else Python 3.13 raises for a word that is left over, where nobody hears it
            self.exit_on_error = True
        self._refuse_empty(parsed[0])
        return parsed

    def _refuse_empty(self, parsed: argparse.Namespace) -> None:
        """A word without a character, as an unset variable of a shell leaves it, is no name, number or path."""
        for action in self._actions:
            value = getattr(parsed, action.dest, None)
            given = (value,) if value is None or isinstance(value, str) else value
            if value != action.default and isinstance(given, Sequence) and "" in given:
                raise InputError(
                    "a value is empty",
                    where=self.prog,
                    parameter=_shown_name(action),
                    expected=_metavar(action),
                    got='""',
                    hint="is a variable of the shell unset? an option without a value is left out",
                )

    def _refuse(self, error: argparse.ArgumentError) -> NoReturn:
        """Say a fault of one option in the fields of every error."""
        name = (error.argument_name or "").replace("/--out", "") if error.argument_name != "--out" else "--output"
        own = next((a for a in self._actions if (error.argument_name or "").split("/")[0] in _names(a)), None)
        for pattern, problem, expected in _REFUSED:
            if found := re.fullmatch(pattern, error.message):
                parts = {"got": "", "choices": "", **found.groupdict(), "metavar": _metavar(own)}
                parts["choices"] = parts["choices"].replace("'", "")
                near = difflib.get_close_matches(parts["got"], parts["choices"].split(", "), 1) if parts["got"] else []
                raise InputError(
                    problem,
                    where=self.prog,
                    parameter=name,
                    expected=expected.format(**parts),
                    got=parts["got"],
                    hint=f"did you mean {near[0]}?" if near else f"see '{self.prog} --help'",
                )
        raise InputError(error.message, where=self.prog, parameter=name, hint=f"see '{self.prog} --help'")

    def error(self, message: str) -> NoReturn:
        required = re.fullmatch(r"the following arguments are required: (.+)", message)
        either = re.fullmatch(r"one of the arguments (.+) is required", message)
        if either:
            raise InputError(
                "an option is missing",
                where=self.prog,
                parameter=", ".join(either[1].split()),
                expected="one of them",
                hint=f"see '{self.prog} --help'",
            )
        if not required:
            raise InputError(
                message.replace("unrecognized arguments", "unrecognized option or word"),
                where=self.prog,
                expected=self.format_usage().removeprefix("usage: ").strip(),
                hint=self._hint(message),
            )
        # argparse takes what may be left out for required, too
        missing = [a for a in self._actions if _shown_name(a) in required[1].split(", ") and a.nargs != "*"]
        raise InputError(
            "something is missing",
            where=self.prog,
            parameter=", ".join(map(_shown_name, missing)),
            expected="; ".join((a.help or "").replace("%%", "%") for a in missing),
            hint=self._hint(message),
        )

    def _hint(self, message: str) -> str:
        known = [name for action in self._actions for name in action.option_strings]
        dashed = [word for word in self.words if word.startswith("-") and word.partition("=")[0] not in known]
        near = [close for word in dashed for close in difflib.get_close_matches(word.partition("=")[0], known, 1)]
        if near:
            return f"did you mean {near[0]}?"
        if message.startswith("the following arguments are required") and dashed:
            return f"a name that begins with a dash is written './{dashed[0]}'; or see '{self.prog} --help'"
        example = COMMANDS[self.prog.removeprefix("aibaro ")].examples[0]
        return f"such as '{example}'; see '{self.prog} --help'"


def _names(action: argparse.Action) -> list[str]:
    return [*action.option_strings, _shown_name(action)]


def _shown_name(action: argparse.Action) -> str:
    return "/".join(action.option_strings) or str(action.metavar or action.dest)


def _metavar(action: argparse.Action | None) -> str:
    if action is None:
        return "a value"
    return ", ".join(map(str, action.choices)) if action.choices else f"{action.metavar or action.dest.upper()}"


def commands() -> dict[str, Command]:
    """List the commands that are there, in the order of the help.

    Returns
    -------
    dict of str to Command
        By name; commands whose module is missing are left out.
    """
    return {name: command for name, command in COMMANDS.items() if find_spec(f"aibaro.cli.{name}") is not None}


def parser_of(name: str) -> argparse.ArgumentParser:
    """Build the parser of a command, with its examples below the options.

    Parameters
    ----------
    name : str
        The command.

    Returns
    -------
    argparse.ArgumentParser
        Its parser; faults take the form of every other error.
    """
    command = COMMANDS[name]
    examples = "\n".join(_folded(line) for line in command.examples)
    parser = _Parser(
        prog=f"aibaro {name}",
        description=command.help[0].upper() + command.help[1:] + ".",
        epilog=f"examples:\n{examples}",
        formatter_class=_Help,
        allow_abbrev=False,
    )
    import_module(f"aibaro.cli.{name}").configure(parser)
    return parser


def _folded(example: str) -> str:
    """An example in lines that a shell takes as one."""
    lines = textwrap.wrap(example, _WIDTH - 6, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
    return " \\\n".join(lines)


def _overview() -> str:
    known = commands()
    width = max(map(len, known))
    lines = [
        "usage: aibaro COMMAND ...",
        "",
        "Re-analysis of published surveys; weights, estimates and tables of your own.",
    ]
    for group in (PRINT, ROWS, LEARN):
        lines += ["", group]
        lines += [f"  {name:<{width}}  {command.help}" for name, command in known.items() if command.group == group]
    lines += ["", "'aibaro COMMAND --help' tells more, with examples; 'aibaro --version' prints"]
    lines += ["the version; 'aibaro completion bash' (or zsh, fish) prints what a shell needs"]
    lines += ["to complete commands, options and surveys."]
    return "\n".join(lines)


def _dispatch(arguments: Sequence[str]) -> int:
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(_overview())
        return 0 if arguments else USAGE
    name, *rest = arguments
    if name == "--version":
        from aibaro import __version__

        print(f"aibaro {__version__}")
        return 0
    if name == "completion":
        print(_completion(rest[0] if rest else "bash"))
        return 0
    known = commands()
    if name not in known:
        near = difflib.get_close_matches(name, [*known, "completion"], 1)
        raise InputError(
            "unknown command",
            where="aibaro",
            parameter="COMMAND",
            expected=", ".join(sorted(known)),
            got=name,
            hint=f"did you mean 'aibaro {near[0]}'?" if near else "'aibaro --help' tells what each does",
        )
    parsed = parser_of(name).parse_args(rest)
    result: int = import_module(f"aibaro.cli.{name}").run(parsed)
    sys.stdout.flush()
    return result


class _Ended(BaseException):
    """A signal asked the process to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


# how each signal is told; the exit code is 128 and its number
_TOLD = {"SIGINT": "interrupted", "SIGTERM": "asked to end", "SIGHUP": "the terminal was closed"}
# how long files and processes may take to be left in order before the process ends at once, and how long what Python
# itself waits for at its end may take after that: a pool whose worker was ended while it held a lock never is done
_GRACE, _LAST = 1.2, 0.6


@contextmanager
def _signals(*, own: bool) -> Iterator[None]:
    """Turn the first signal into an exception, so that files and processes are left in order.

    Further ones, as of an impatient Ctrl-C, do not disturb the leaving. A solver may hold the main thread longer than
    anybody waits: in a process of its own (not in a notebook) a thread then does what the exception would have done.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ended = threading.Event()
    first: list[int] = []

    def leave(number: int, frame: FrameType | None) -> None:
        if not first:
            first.append(number)
            raise _Ended(number)

    numbers = [getattr(signal, name) for name in _TOLD if hasattr(signal, name)]
    # a signal that is ignored, as under nohup, stays so
    before = {number: signal.getsignal(number) for number in numbers}
    before = {number: handler for number, handler in before.items() if handler not in {signal.SIG_IGN, None}}
    for number in before:
        signal.signal(number, leave)
    ears: tuple[socket.socket, ...] = ()
    if own:
        ears = socket.socketpair()
        ears[1].setblocking(False)
        signal.set_wakeup_fd(ears[1].fileno(), warn_on_full_buffer=False)
        threading.Thread(target=_watch, args=(ears[0], set(before), ended), daemon=True).start()
    try:
        yield
    finally:
        ended.set()
        if own:
            signal.set_wakeup_fd(-1)
        for number, handler in before.items():
            # a process that was told to end stays deaf, until it has
            signal.signal(number, signal.SIG_IGN if own and first else handler)
        for ear in ears[::-1]:
            ear.close()


def _watch(ear: socket.socket, numbers: Collection[int], ended: threading.Event) -> None:
    """End the process where the main thread does not, a while after a signal."""
    with suppress(OSError):
        while heard := ear.recv(1):
            if heard[0] in numbers:
                break
        else:
            return
        if ended.wait(_GRACE):
            time.sleep(_LAST)
            os._exit(128 + heard[0])
        from aibaro.cli._workers import end_workers
        from aibaro.files import abandon

        _tell(_ending(heard[0]))
        abandon()
        end_workers()
        os._exit(128 + heard[0])


def _ending(number: int) -> str:
    return f"aibaro: {_TOLD[signal.Signals(number).name]}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after ``aibaro``; by default those of the process.

    Returns
    -------
    int
        0 when all is well (or the reader closed the pipe), 1 for findings (a number in conflict, a verdict that differs
        from the pinned one), 2 for wrong usage, unreadable input or a failure of the system, 130 when interrupted, 143
        when asked to end, 129 when the terminal was closed.

    Raises
    ------
    ModuleNotFoundError
        When a module of the package itself is missing: a broken installation.

    Examples
    --------
    >>> main(["--version"])
    aibaro 0.2.0
    0
    """
    with _disobeyed():
        return _run(arguments)


def _run(arguments: Sequence[str] | None) -> int:
    """Run one command, and say how it ended where it did not end by itself."""
    try:
        with _signals(own=arguments is None):
            return _dispatch(sys.argv[1:] if arguments is None else arguments)
    except AibaroError as error:
        words = sys.argv[1:] if arguments is None else arguments
        _tell(f"error: {_spoken(error, words)}")
    except ModuleNotFoundError as error:
        from aibaro.cli._options import EXTRAS, missing

        package = (error.name or "").partition(".")[0]
        if package not in EXTRAS:
            raise
        found = missing(package, where=" ".join(["aibaro", *(sys.argv[1:2] if arguments is None else arguments[:1])]))
        _tell(f"error: {found}")
    except BrokenPipeError:
        # a reader such as head closed the pipe: not an error of ours
        _silence()
        return 0
    except _Ended as end:
        _tell(_ending(end.number))
        return 128 + end.number
    except KeyboardInterrupt:
        # raised by a library, or where no signal reaches
        _tell(_ending(signal.SIGINT))
        return INTERRUPTED
    except UnicodeEncodeError as error:
        character = error.object[error.start : error.end]
        _tell(f"aibaro: the output cannot hold {character!a} in {error.encoding}; set PYTHONIOENCODING=utf-8")
    except (OSError, UnicodeError) as error:
        _tell(f"aibaro: {_system(error)}")
    except MemoryError:
        _tell("aibaro: the memory of this machine does not suffice; read fewer rows or columns at a time")
    except RecursionError:
        _tell("aibaro: the input is nested too deeply to be read")
    except Exception:
        if arguments is not None:
            raise
        # exit 1 means findings, and an error that nobody foresaw is none
        import traceback

        traceback.print_exc()
        _tell("aibaro: an error of aibaro itself; please report it with the lines above")
    _silence(only_if_broken=True)
    return USAGE


# arguments of the library that go by another name on the command line
_ARGUMENTS = {
    "name": ("survey", "path"),
    "path": ("path", "folder", "survey"),
    "claim": ("id",),
    "level": ("conf_level",),
}
# the name of a function or class, which is no place that a user knows; not that of a file
_FUNCTION = re.compile(r"(?!.*\.(?:csv|json)$)[A-Za-z_]+(\.[a-z_]+)*(\(\))?")
# single='adjust', population=
_KEYWORD = re.compile(r"\b([a-z_]+)=(?:'([a-z_]+)'|(?=,|$|\s))")
# what Python says of a file
_NUMBERED = re.compile(r"\[Errno \d+\] ([^:]+)(?:: '[^']*')?|\b[A-Za-z]+(?:Exception|Error): ")
# strata.csv, line 3; my-survey/datapackage.json
_SURVEY_FILE = re.compile(r"\.(?:csv|json)(?:,|$|\s)")
_FIELDS = ("where", "parameter", "expected", "got", "hint")
_TYPES = re.compile(r"\b(String|Boolean|Float64|Int64)\b")
_KINDS = {"String": "text", "Boolean": "yes and no", "Float64": "numbers", "Int64": "whole numbers"}


def _spoken(error: AibaroError, words: Sequence[str]) -> AibaroError:
    """Say a fault in the words of the command line: its options, and no names of functions or classes."""
    command = words[0] if words else ""
    if command not in COMMANDS:
        return error
    options = _options_of(command)
    # what the user wrote is a place, whatever it looks like, and so is a folder by its name
    places = {*words, *(os.path.basename(os.path.normpath(word)) for word in words)}
    # one fault without a headline of its own
    single = str(error) == str(error.faults[0])

    def argument(found: re.Match[str]) -> str:
        option = options.get(found[1])
        return found[0] if option is None else option + (f" {found[2]}" if found[2] else "")

    def spoken(fault: Fault) -> Fault:
        where = fault.where
        if (not where and single) or (_FUNCTION.fullmatch(where) and where not in places):
            where = f"aibaro {command}"
        # in a file of a survey, what is at fault is a column or a key, whatever options are called
        inside = _SURVEY_FILE.search(where) is not None and where not in places
        known = {} if inside else options
        parameter = ", ".join(known.get(part.strip(), part.strip()) for part in fault.parameter.split(","))
        expected = _KEYWORD.sub(argument, fault.expected)
        got = _TYPES.sub(
            lambda found: _KINDS[found[0]], _NUMBERED.sub(lambda found: found[1] or "", fault.got)
        ).replace("None", "none")
        hint = _KEYWORD.sub(argument, fault.hint)
        hint = hint.replace("A folder of your own is read with aibaro.read(path)", "'aibaro list' tells them")
        return Fault(fault.problem, where, parameter, expected, got, hint or _near(expected, got))

    faults = tuple(map(spoken, error.faults))
    headline, *fields = str(error).splitlines()
    if single:
        (only,) = faults
        return type(error)(headline, **{name: getattr(only, name) for name in _FIELDS})
    place = fields[0].removeprefix("  where: ") if fields and fields[0].startswith("  where: ") else ""
    place = f"aibaro {command}" if not place or (_FUNCTION.fullmatch(place) and place not in places) else place
    return type(error)(headline, where=place, faults=faults, counts=error.counts)


def _near(expected: str, got: str) -> str:
    """What was meant, where one of several names was expected."""
    names = [name.strip(" '") for name in expected.split(", ")]
    near = difflib.get_close_matches(got.strip("'"), names, 1) if len(names) > 1 and got else []
    return f"did you mean {near[0]}?" if near else ""


def _options_of(command: str) -> dict[str, str]:
    """Arguments by name, as the command line spells them."""
    own = {
        a.dest: next((o for o in a.option_strings if o.startswith("--")), str(a.metavar or a.dest))
        for a in parser_of(command)._actions
    }
    other = {name: next((own[dest] for dest in names if dest in own), name) for name, names in _ARGUMENTS.items()}
    return other | own


# what helps against a refusal of the system
_HELP = {
    errno.ENOSPC: "free some space, or write elsewhere",
    errno.EDQUOT: "free some space, or write elsewhere",
    errno.EFBIG: "the system limits the size of files here; write elsewhere",
    errno.EACCES: "you may not read or write there; choose another place",
    errno.EPERM: "you may not read or write there; choose another place",
    errno.EROFS: "nothing can be written there; choose another place",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EISDIR: "name a file in that folder",
    errno.ENOTDIR: "a part of the path is a file; choose another place",
    errno.ENOENT: "the folder is not there, or no longer; choose another place",
}


def _system(error: Exception) -> str:
    """Say in one line what the system refused, on which file, and what helps."""
    if isinstance(error, OSError):
        # of a renaming, the file that was to be made
        name = error.filename if error.filename2 is None else error.filename2
        place, cure = "" if name is None else f": {_shown(name)}", _HELP.get(error.errno or 0)
        return f"{error.strerror or error}{place}{f' ({cure})' if cure else ''}"
    return str(error)


# how much of a name is shown
_LONGEST = 200


def _shown(name: object) -> str:
    """A name of a file in one line, whatever characters it has."""
    text = os.fsdecode(name) if isinstance(name, str | bytes) else str(name)
    text = text if text.isprintable() else ascii(text)[1:-1]
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


@contextmanager
def _disobeyed() -> Iterator[None]:
    """Let nothing that a command prints be obeyed by a terminal: the one place for names, cells and answers."""
    before: Any = sys.stdout, sys.stderr
    mine: Any = Shown(before[0]), Shown(before[1])
    sys.stdout, sys.stderr = mine
    try:
        yield
    finally:
        # what another thread set meanwhile stays
        sys.stdout = before[0] if sys.stdout is mine[0] else sys.stdout
        sys.stderr = before[1] if sys.stderr is mine[1] else sys.stderr


def _tell(text: str) -> None:
    # where nobody reads standard error, the exit code tells
    with suppress(OSError, UnicodeError):
        print(text, file=sys.stderr, flush=True)


def _silence(*, only_if_broken: bool = False) -> None:
    """Let the interpreter's own flush at the end meet no closed pipe and no full disk again."""
    if only_if_broken:
        with suppress(OSError, UnicodeError, ValueError):
            sys.stdout.flush()
            return
    # standard output is no file in a notebook
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


# --- What a shell needs to complete commands and options.


def _completion(shell: str) -> str:
    """Write the completion for a shell."""
    if shell not in _SHELLS:
        raise InputError(
            "unknown shell", where="aibaro completion", parameter="SHELL", expected=", ".join(_SHELLS), got=shell
        )
    return _SHELLS[shell](_completed_words())


def _completed_words() -> dict[str, list[str]]:
    """Long options of each command, and the bundled surveys where it takes one."""
    from aibaro.published.bundled import bundled_names

    surveys = bundled_names()
    found = {}
    for name in commands():
        actions = parser_of(name)._actions
        options = {o for a in actions for o in a.option_strings if o.startswith("--") and o != "--out"}
        found[name] = [*sorted(options), *(surveys if any(a.metavar == "SURVEY" for a in actions) else ())]
    return found


def _bash(words: dict[str, list[str]]) -> str:
    cases = "\n".join(f'    {name}) words="{" ".join(options)}" ;;' for name, options in words.items())
    return f"""_aibaro() {{
  local words="{" ".join([*words, "completion", "--help", "--version"])}" current="${{COMP_WORDS[COMP_CWORD]}}"
  [ "$COMP_CWORD" -gt 1 ] && case "${{COMP_WORDS[1]}}" in
{cases}
    completion) words="{" ".join(_SHELLS)}" ;;
    *) words="" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _aibaro aibaro"""


def _zsh(words: dict[str, list[str]]) -> str:
    return "autoload -U +X bashcompinit && bashcompinit\n" + _bash(words)


def _fish(words: dict[str, list[str]]) -> str:
    lines = [f"complete -c aibaro -n __fish_use_subcommand -a '{' '.join(words)} completion'"]
    for name, options in words.items():
        seen = f"complete -c aibaro -n '__fish_seen_subcommand_from {name}'"
        lines += [f"{seen} -l {word[2:]}" if word.startswith("--") else f"{seen} -a {word}" for word in options]
    return "\n".join(lines)


_SHELLS: dict[str, Callable[[dict[str, list[str]]], str]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}
