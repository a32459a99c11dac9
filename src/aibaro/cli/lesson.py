"""``aibaro lesson``: a lesson and its data, copied to where one works."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from aibaro.cli._options import add_output, keep_apart
from aibaro.errors import InputError
from aibaro.files import write_bytes_atomic
from aibaro.published.bundled import bundled_names, data_root

_PACKAGE = Path(__file__).resolve().parents[1]
_TITLE = re.compile(r"^# # Lesson \d+: (.+)$", re.MULTILINE)
# the cell that opens the solutions, and the last cell, which shows the figures of a script
_SOLUTIONS = "# %% [markdown]\n# ---\n# # Solutions\n"
_LAST = "# %%\nplt.show()"
_LOADED = re.compile(r'aibaro\.load\("([^"]+)"\)')


def lesson_root(package: Path = _PACKAGE) -> Path:
    """Find the folder of the lessons."""
    places = (package / "_examples", package.parents[1] / "examples")
    for place in places:
        if place.is_dir():
            return place
    raise InputError(
        "the lessons are missing",
        where="aibaro lesson",
        expected=" or ".join(map(str, places)),
        got="neither folder exists",
        hint="install aibaro again",
    )


def lessons(root: Path | None = None) -> dict[int, Path]:
    """List the lessons."""
    found = (lesson_root() if root is None else root).glob("lesson_*.py")
    return dict(sorted((int(path.stem.split("_")[1]), path) for path in found))


def title(script: Path) -> str:
    """Read the title of a lesson."""
    match = _TITLE.search(script.read_text(encoding="utf-8"))
    return match.group(1) if match else script.stem


def surveys_of(script: Path) -> tuple[str, ...]:
    """Name the bundled surveys that a lesson loads."""
    return tuple(sorted(set(_LOADED.findall(script.read_text(encoding="utf-8"))) & set(bundled_names())))


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("number", nargs="?", type=int, metavar="N", help="which lesson; none lists them")
    add_output(parser, "folder to copy to", default=".")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--solutions", action="store_true", help="with the worked solutions (the default)")
    which.add_argument("--student", action="store_true", help="without the solutions")
    parser.add_argument("--overwrite", action="store_true", help="replace files that differ from the lesson's own")


def without_solutions(text: str) -> str:
    """Leave out the solutions, which stand at the end of a lesson."""
    before, _, after = text.partition(_SOLUTIONS)
    show = after.find(_LAST)
    return before.rstrip() + "\n" + ("\n" + after[show:] if show >= 0 else "")


def _contents(script: Path, student: bool) -> dict[str, bytes]:
    """Files of a lesson by the name that they get: the script, and the folders of its surveys."""
    text = script.read_text(encoding="utf-8")
    contents = {script.name: (without_solutions(text) if student else text).encode()}
    for survey in surveys_of(script):
        folder = sorted((data_root() / survey).iterdir())
        contents |= {f"{survey}/{path.name}": path.read_bytes() for path in folder if path.is_file()}
    return contents


def run(arguments: argparse.Namespace) -> int:
    """List the lessons, or copy one with its data."""
    known = lessons()
    if arguments.number is None:
        print("\n".join(f"{number}  {title(script)}" for number, script in known.items()))
        print("\n'aibaro lesson N' copies one, with its data, into the current folder")
        return 0
    if arguments.number not in known:
        raise InputError(
            "no such lesson",
            where="aibaro lesson",
            parameter="N",
            expected=", ".join(map(str, known)),
            got=str(arguments.number),
            hint="'aibaro lesson' lists them",
        )
    keep_apart(arguments.out, command="lesson")
    target = Path(arguments.out)
    contents = _contents(known[arguments.number], arguments.student)
    changed = [
        name
        for name, content in contents.items()
        if (target / name).exists() and (not (target / name).is_file() or (target / name).read_bytes() != content)
    ]
    if changed and not arguments.overwrite:
        raise InputError(
            "files of yours would be overwritten",
            where="aibaro lesson",
            parameter="--output",
            expected="a folder without files of these names",
            got=", ".join(changed),
            hint="choose another folder with --output, or add --overwrite",
        )
    for name, content in contents.items():
        write_bytes_atomic(target / name, content)
    script = known[arguments.number].name
    print(f"lesson {arguments.number}, {title(known[arguments.number])}: {len(contents)} files written")
    print(f"open {script} in Jupyter (with jupytext) or VS Code, or run: python {script}")
    for survey in surveys_of(known[arguments.number]):
        print(f'the lesson reads the survey that comes with aibaro; aibaro.read("{survey}") reads the copy beside it')
    return 0
