"""The command line: one module per command, loaded only when it is called."""

from __future__ import annotations

import argparse
import difflib
import errno
import os
import re
import signal
import socket
import sys
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import FrameType
from typing import Any, NoReturn

from aibaro.errors import AibaroError, InputError

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
        "start a folder for a survey, from a table, a PDF or empty templates",
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
        ("aibaro synthesize flanders-2023 --seed 1 -o synthetic.csv",),
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


class _Parser(argparse.ArgumentParser):
    """An argument parser whose faults take the form of every other error."""

    words: Sequence[str] = ()

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        # "list" is a command in this room
        self.words = tuple(args or ())
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        raise InputError(
            message,
            where=self.prog,
            expected=self.format_usage().removeprefix("usage: ").strip(),
            hint=self._hint(message),
        )

    def _hint(self, message: str) -> str:
        known = [name for action in self._actions for name in action.option_strings]
        dashed = [word for word in self.words if word.startswith("-") and word.partition("=")[0] not in known]
        if message.startswith("the following arguments are required") and dashed:
            return f"a name that begins with a dash is written './{dashed[0]}'; or see '{self.prog} --help'"
        if not message.startswith("unrecognized"):
            return f"see '{self.prog} --help'"
        near = [
            close
            for word in message.split()
            if word.startswith("-")
            for close in difflib.get_close_matches(word.partition("=")[0], known, 1)
        ]
        return f"did you mean {near[0]}?" if near else f"see '{self.prog} --help'"


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
    examples = "\n".join(f"  {line}" for line in command.examples)
    parser = _Parser(
        prog=f"aibaro {name}",
        description=command.help[0].upper() + command.help[1:] + ".",
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    import_module(f"aibaro.cli.{name}").configure(parser)
    return parser


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
    lines += ["", "'aibaro COMMAND --help' tells more, with examples; 'aibaro --version' prints the version;"]
    lines += ["'aibaro completion bash' (or zsh, fish) prints what a shell needs to complete commands and options."]
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
        near = difflib.get_close_matches(name, known, 1)
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
# how long files and processes may take to be left in order before the process ends at once
_GRACE = 1.2


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
            return
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
    try:
        with _signals(own=arguments is None):
            return _dispatch(sys.argv[1:] if arguments is None else arguments)
    except AibaroError as error:
        words = [*(sys.argv[1:] if arguments is None else arguments)]
        _tell(f"{type(error).__name__}: {_spoken(error, words[0] if words else '')}")
    except ModuleNotFoundError as error:
        from aibaro.cli._options import EXTRAS, missing

        package = (error.name or "").partition(".")[0]
        if package not in EXTRAS:
            raise
        found = missing(package, where=" ".join(["aibaro", *(sys.argv[1:2] if arguments is None else arguments[:1])]))
        _tell(f"{type(found).__name__}: {found}")
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
    _silence(only_if_broken=True)
    return USAGE


# arguments of the library by the words that stand for them on the command line
_ARGUMENTS = {"aibaro.load": "SURVEY", "aibaro.read": "PATH"}


def _spoken(error: AibaroError, command: str) -> AibaroError:
    """Say where a survey was looked for in the words of the command line."""
    (fault, *more) = error.faults
    if more or fault.where not in _ARGUMENTS or fault.parameter not in {"name", "path"}:
        return error
    return type(error)(
        fault.problem,
        where=f"aibaro {command}",
        parameter=_ARGUMENTS[fault.where],
        expected=fault.expected,
        got=fault.got,
        hint=fault.hint.replace("A folder of your own is read with aibaro.read(path)", "'aibaro list' tells them"),
    )


# what helps against a refusal of the system
_HELP = {
    errno.ENOSPC: "free some space, or write elsewhere with --output",
    errno.EDQUOT: "free some space, or write elsewhere with --output",
    errno.EFBIG: "the system limits the size of files here; write elsewhere with --output",
    errno.EACCES: "you may not read or write there; choose another place",
    errno.EPERM: "you may not read or write there; choose another place",
    errno.EROFS: "nothing can be written there; choose another place with --output",
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


# control characters but for line ends, turns of direction, halves of characters
_OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    """Write out what a terminal would obey.

    Parameters
    ----------
    text : str
        Words with names of files, cells or answers in them.

    Returns
    -------
    str
        The words; control characters as their codes.

    Examples
    --------
    >>> visible("a\x1b[31mb")
    'a\\\\x1b[31mb'
    """
    return _OBEYED.sub(lambda found: ascii(found[0])[1:-1], text)


def _tell(text: str) -> None:
    # where nobody reads standard error, the exit code tells
    with suppress(OSError, UnicodeError):
        print(visible(text), file=sys.stderr, flush=True)


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
    """Long options of each command."""
    return {
        name: sorted({o for a in parser_of(name)._actions for o in a.option_strings if o.startswith("--")})
        for name in commands()
    }


def _bash(words: dict[str, list[str]]) -> str:
    cases = "\n".join(f'    {name}) words="{" ".join(options)}" ;;' for name, options in words.items())
    return f"""_aibaro() {{
  local words="{" ".join(words)}" current="${{COMP_WORDS[COMP_CWORD]}}"
  [ "$COMP_CWORD" -gt 1 ] && case "${{COMP_WORDS[1]}}" in
{cases}
    *) words="" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _aibaro aibaro"""


def _zsh(words: dict[str, list[str]]) -> str:
    return "autoload -U +X bashcompinit && bashcompinit\n" + _bash(words)


def _fish(words: dict[str, list[str]]) -> str:
    lines = [f"complete -c aibaro -n __fish_use_subcommand -a '{' '.join(words)}'"]
    for name, options in words.items():
        lines += [f"complete -c aibaro -n '__fish_seen_subcommand_from {name}' -l {option[2:]}" for option in options]
    return "\n".join(lines)


_SHELLS: dict[str, Callable[[dict[str, list[str]]], str]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}
