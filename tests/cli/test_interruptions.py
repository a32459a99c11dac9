"""However a command ends, no process is left beside it and no file is half written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.published import small_survey

from aibaro import read_rows
from aibaro.cli import main
from aibaro.files import JOURNAL
from aibaro.published import read
from aibaro.weights import read_history

SLOW = """
import sys, time
from aibaro.cli._workers import workers
from aibaro.cli import main
import aibaro.cli.list as command
def run(arguments):
    with workers(2) as pool:
        print("ready", flush=True)
        list(pool.map(time.sleep, [60, 60]))
    return 0
command.run = run
sys.exit(main(["list"]))
"""


def children(parent: int) -> set[int]:
    """Processes that a process started and that still run."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent and fields[0] != "Z":
            found.add(int(entry.parent.name))
    return found


def alive(processes: set[int]) -> set[int]:
    """Those that still run."""
    found = set()
    for number in processes:
        try:
            state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            found.add(number)
    return found


def started(*command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads processes from /proc")
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_no_process_outlives_a_command(number: signal.Signals, code: int) -> None:
    process = started(sys.executable, "-c", SLOW)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    below = children(process.pid)
    assert len(below) >= 2, "two workers are at work"
    os.kill(process.pid, number)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == code
    assert "Traceback" not in errors
    if number != signal.SIGKILL:  # of a killed process, Python's own tracker says what it cleaned up
        assert errors.count("\n") == 1
    deadline = time.monotonic() + 2
    while alive(below) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert alive(below) == set()


# stops in the middle of writing file number AT, or in a solver that hears no signal; says so
STOPPED = """
import hashlib, os, sys, time
from aibaro.cli import main
import aibaro.cli.list as command
whole, seen = os.fsync, []
def fsync(number):
    seen.append(number)
    if len(seen) == AT:
        print("ready", flush=True)
        time.sleep(60)
    whole(number)
def solve(arguments):
    print("ready", flush=True)
    hashlib.pbkdf2_hmac("sha256", b"x", b"y", 2**31 - 1)
os.fsync, command.run = fsync, solve
sys.exit(main())
"""
SIGNALS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])


def stopped(words: list[str], number: int, at: int = 0, times: int = 1) -> tuple[int, str, float]:
    """Stop a command where it says that it is ready; its exit code, what it said, and how long it took to end."""
    process = started(sys.executable, "-c", STOPPED.replace("AT", str(at)), *words)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    began = time.monotonic()
    for _ in range(times):
        os.kill(process.pid, number)
        time.sleep(0.01)
    _, errors = process.communicate(timeout=20)
    return process.returncode, errors, time.monotonic() - began


def folder_of(path: Path) -> Path:
    """A survey with checksums and proposals that wait for acceptance."""
    rows = "kind,parts,whole,status,evidence\nsubset,use@users|size=small,use,proposed,x\n"
    return small_survey.write(path, {**small_survey.FILES, "relations.csv": rows}, small_survey.DESCRIPTOR)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() if path.is_file() else b"" for path in folder.iterdir()}


@SIGNALS
@pytest.mark.parametrize("at", [1, 2])
def test_files_that_belong_together_change_together(number: int, at: int, tmp_path: Path) -> None:
    folder, same = folder_of(tmp_path / "survey"), folder_of(tmp_path / "same")
    before = contents(folder)
    code, errors, _ = stopped(["accept", str(folder), "--all"], number, at)
    assert (code, errors.count("\n")) == ((128 + number, 1) if number != signal.SIGKILL else (-number, 0))
    left = contents(folder)
    assert {name: left[name] for name in before} == before
    assert all(name.endswith(".part") for name in set(left) - set(before))
    assert number == signal.SIGKILL or left == before
    # the next run does the work, and clears what a killed one left
    assert main(["accept", str(folder), "--all"]) == main(["accept", str(same), "--all"]) == 0
    assert contents(folder) == contents(same)
    assert read(folder).relations["status"].tolist() == ["declared"]


@SIGNALS
def test_a_folder_is_started_whole_or_not_at_all(number: int, tmp_path: Path) -> None:
    stopped(["init", str(tmp_path / "survey")], number, 4)
    assert not list((tmp_path / "survey").glob("*.*sv"))
    assert main(["init", str(tmp_path / "survey")]) == 0
    assert not [path for path in (tmp_path / "survey").iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("at", [1, 2])
def test_rows_and_their_history_change_together(number: int, at: int, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("w,q\n1,a\n2,b\n1.5,a\n", encoding="utf-8")
    target, history = tmp_path / "out.csv", tmp_path / "out.csv.weights.json"
    words = [
        "weights",
        str(tmp_path / "rows.csv"),
        "--weight",
        "w",
        "--within",
        "all",
        "--name",
        "v",
        "-o",
        str(target),
    ]
    assert main([*words, "--trim", "1.8"]) == 0
    before = contents(tmp_path)
    code, errors, _ = stopped([*words, "--trim", "1.6"], number, at)
    assert code == (128 + number if number != signal.SIGKILL else -number)
    assert [line for line in errors.splitlines() if line.startswith("aibaro:")] == ["aibaro: asked to end"][: code > 0]
    assert {name: content for name, content in contents(tmp_path).items() if not name.endswith(".part")} == before
    assert main([*words, "--trim", "1.6"]) == 0
    assert set(contents(tmp_path)) == set(before)
    assert read_history(history, target).column == "v"


def test_a_pair_that_was_being_replaced_is_finished_by_its_reader(tmp_path: Path) -> None:
    """As a kill between the two renamings leaves it."""
    (tmp_path / "rows.csv").write_text("w\n1\n", encoding="utf-8")
    (tmp_path / JOURNAL).mkdir()
    (tmp_path / JOURNAL / "rows.csv").write_text("w\n2\n", encoding="utf-8")
    assert read_rows(tmp_path / "rows.csv")["w"].tolist() == [2]
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_solver_that_hears_nothing_is_ended(number: int, code: int) -> None:
    done, errors, seconds = stopped(["list"], number)
    assert (done, errors.count("\n")) == (code, 1)
    # two seconds are promised; a machine that runs other tests meanwhile takes longer to answer
    assert seconds < 5


def test_an_impatient_user_gets_one_line_too(tmp_path: Path) -> None:
    code, errors, _ = stopped(["lesson", "1", "-o", str(tmp_path)], signal.SIGINT, 2, times=5)
    assert (code, errors) == (130, "aibaro: interrupted\n")
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize(
    "script",
    [
        "from aibaro.cli._workers import workers\nimport math\n"
        "with workers(2) as pool: print(sum(pool.map(math.sqrt, [4, 9])))",
        "from aibaro.cli._workers import workers\nimport math, multiprocessing as m\n"
        "m.current_process()._config['daemon'] = True\n"
        "with workers(2) as pool: print(sum(pool.map(math.sqrt, [4, 9])))",
        "from aibaro.cli._workers import workers\nimport math, threading\n"
        "def work():\n    with workers(2) as pool: print(sum(pool.map(math.sqrt, [4, 9])))\n"
        "thread = threading.Thread(target=work)\nthread.start()\nthread.join()",
    ],
    ids=["no main guard", "daemonic", "in a thread"],
)
@pytest.mark.parametrize("how", ["file", "stdin"])
def test_work_is_done_where_no_main_guard_stands(script: str, how: str, tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(script, encoding="utf-8")
    words = [sys.executable, str(path)] if how == "file" else [sys.executable, "-"]
    done = subprocess.run(
        words, input=script if how == "stdin" else None, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "5.0\n", "")
